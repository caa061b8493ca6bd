import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { Command, Option } from 'commander'
import { packageRoot } from '../internal/package-root.js'
import { requireLinux } from '../internal/require-linux.js'
import { printable } from '../printable.js'
import { CliError } from './cli-error.js'
import { PacedWriter } from './output/paced-writer.js'
import { compile } from './rebuild/compile.js'
import { addonFolder, install } from './rebuild/install.js'
import { absoluteFolders, findNodeGyp } from './rebuild/node-gyp.js'
import { requireToolchain } from './rebuild/toolchain.js'
import { type Surroundings, surroundings } from './surroundings.js'

export function rebuildCommand(around = surroundings): Command {
  return new Command('rebuild')
    .description('compile the addon from the source in this package, if no prebuilt one fits')
    .addOption(new Option('--verbose', "show the compiler's output"))
    .action((options: RebuildOptions) => rebuild(options, around))
}

interface RebuildOptions {
  readonly verbose?: boolean
}

/**
 * Everything but the compiler is in the package, so nothing is downloaded. The result goes to build/Release, which is preferred to
 * prebuilds/, but only once it has been loaded successfully; until then the package stays as it is.
 */
async function rebuild({ verbose = false }: RebuildOptions, { output, interruption }: Surroundings): Promise<void> {
  requireLinux('rebuild the addon')
  const root = packageRoot()
  for (const part of ['libbpf/source', 'src-native/include/node']) {
    if (!existsSync(join(root, part))) {
      throw new CliError(
        `${root} lacks ${part}, which the npm package has; in a clone of the repository, run npm run build`,
      )
    }
  }
  const env = { ...process.env, PATH: absoluteFolders(process.env).join(delimiter) }
  requireToolchain({ cwd: root, env })
  const nodeGyp = findNodeGyp(root)
  const folder = addonFolder(root)

  const { signal } = interruption()
  const writer = new PacedWriter(output, signal)
  await writer.write(`compiling the addon in ${printable(root)}; this takes a minute or two\n`)
  await compile(root, { nodeGyp, env, verbose, signal }, async (addon) => {
    await writer.write(`built ${printable(await install(addon, folder))}\n`)
  })
  if (signal.aborted) process.exitCode ??= 130
  await writer.flush()
}
