import { canInstall, hasCandidate, onPath } from './apt.mjs'
import { Failure, run } from './run.mjs'

/** The version that the project is built and tested with, then others that its BPF programs compile with. */
const versions = [19, 20, 21, 18, 17, 16, 15, 14]
const oldest = Math.min(...versions)

/** The Debian packages to install for a clang that compiles BPF; empty if there is one already. */
export async function clangPackages() {
  const [preferred] = versions
  if (canInstall() ? isInstalled(preferred) : await installed()) return []
  const version = canInstall() ? await candidate() : preferred
  return [`clang-${version}`, `llvm-${version}`]
}

/** The names of clang and llvm-strip. */
export async function clangCommands() {
  const commands = await installed()
  if (!commands) throw new Failure(`There is no clang with llvm-strip, version ${oldest} or newer.`)
  return commands
}

async function installed() {
  const version = versions.find(isInstalled)
  if (version) return commandsOf(version)
  if (!onPath('clang') || !onPath('llvm-strip')) return undefined
  const [, major] = /version (\d+)/.exec(await run('clang', ['--version'])) ?? []
  return Number(major) >= oldest ? { clang: 'clang', strip: 'llvm-strip' } : undefined
}

const commandsOf = (version) => ({ clang: `clang-${version}`, strip: `llvm-strip-${version}` })

const isInstalled = (version) => Object.values(commandsOf(version)).every(onPath)

async function candidate() {
  for (const version of versions) if (await hasCandidate(`clang-${version}`)) return version
  throw new Failure(`apt knows no clang of these versions: ${versions.join(', ')}`)
}
