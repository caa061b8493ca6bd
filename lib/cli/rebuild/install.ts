import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CliError } from '../cli-error.js'
import { renameDurably } from '../output/replace-file.js'

/** This loads a file of any name, while the package loads the first existing file that ends in `.node`. */
const load = 'process.dlopen({ exports: {} }, process.argv[1])'

/** The folder of a locally built addon; it is created if necessary. @throws {CliError} if nothing can be written there. */
export function addonFolder(root: string): string {
  const folder = join(root, 'build/Release')
  const probe = join(folder, `.probe-${process.pid}`)
  try {
    mkdirSync(probe, { recursive: true })
    rmSync(probe, { recursive: true })
    return folder
  } catch (error) {
    throw new CliError(`cannot write to ${folder}: ${(error as Error).message}`)
  }
}

/** Replaces the existing addon with the new one, once that has been loaded successfully. */
export async function install(addon: string, folder: string): Promise<string> {
  const file = join(folder, 'ebpf.node')
  const beside = `${file}.${process.pid}`
  try {
    copyFileSync(addon, beside)
    await promisify(execFile)(process.execPath, ['--eval', load, beside], { cwd: folder }).catch((error) => {
      throw new CliError(`the addon was built, but cannot be loaded:\n${error.stderr}`)
    })
    renameDurably(beside, file)
    return file
  } finally {
    rmSync(beside, { force: true })
  }
}
