import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Command, Option } from 'commander'
import { packageRoot } from '../internal/package-root.js'
import { requireLinux } from '../internal/require-linux.js'
import { CliError } from './cli-error.js'
import { findNodeGyp } from './rebuild/node-gyp.js'
import { requireToolchain } from './rebuild/toolchain.js'

const exec = promisify(execFile)

export function rebuildCommand(): Command {
  return new Command('rebuild')
    .description('compile the addon from the source in this package, where no prebuilt one fits')
    .addOption(new Option('--verbose', 'show what the compiler says'))
    .action(rebuild)
}

/** Everything but the compiler is in the package: nothing is downloaded. The result goes to build/Release, which is preferred to prebuilds/. */
async function rebuild({ verbose = false }: { readonly verbose?: boolean }): Promise<void> {
  requireLinux('rebuild the addon')
  const root = packageRoot()
  for (const part of ['libbpf/source', 'src-native/include/node']) {
    if (!existsSync(join(root, part))) {
      throw new CliError(
        `${root} lacks ${part}, which the npm package has; in a clone of the repository, npm run build`,
      )
    }
  }
  requireToolchain()
  const nodeGyp = findNodeGyp(root)

  console.log(`compiling the addon in ${root}; this takes a minute or two`)
  const work = join(root, 'build')
  requireWritable(work)
  const options = ['--directory', root, '--nodedir', join(root, 'src-native'), '--jobs', String(availableParallelism())]
  await compile([nodeGyp, 'rebuild', ...options], verbose)

  const built = keepAddonOnly(work)
  await exec(process.execPath, ['--eval', 'require(process.argv[1])', built]).catch((error) => {
    throw new CliError(`${built} was built, and cannot be loaded:\n${error.stderr}`)
  })
  console.log(`built ${built}`)
}

function requireWritable(work: string): void {
  try {
    rmSync(work, { recursive: true, force: true })
    mkdirSync(work)
  } catch (error) {
    throw new CliError(`cannot write to ${work}: ${(error as Error).message}`)
  }
}

async function compile(command: readonly string[], verbose: boolean): Promise<void> {
  const running = exec(process.execPath, command, { maxBuffer: 1 << 28 })
  if (verbose) {
    running.child.stdout?.pipe(process.stdout)
    running.child.stderr?.pipe(process.stderr)
  }
  await running.catch(({ stdout, stderr, message }) => {
    throw new CliError(verbose ? 'node-gyp failed' : `node-gyp failed:\n${stdout}${stderr || message}`)
  })
}

/** What else make leaves there is tens of megabytes. */
function keepAddonOnly(work: string): string {
  const kept = `${work}.${process.pid}`
  mkdirSync(join(kept, 'Release'), { recursive: true })
  renameSync(join(work, 'Release/ebpf.node'), join(kept, 'Release/ebpf.node'))
  rmSync(work, { recursive: true })
  renameSync(kept, work)
  return join(work, 'Release/ebpf.node')
}
