import { spawnSync } from 'node:child_process'
import { CliError } from '../cli-error.js'

interface Part {
  readonly name: string
  /** The packages that contain it: on Debian and Ubuntu, on Fedora, on Alpine. */
  readonly packages: readonly [string, string, string]
}

const compilerPackages: Part['packages'] = ['g++', 'gcc-c++', 'g++']
const tools: (Part & { readonly command: string })[] = [
  { name: 'a C compiler', command: process.env.CC ?? 'cc', packages: ['gcc', 'gcc', 'gcc'] },
  { name: 'a C++ compiler', command: process.env.CXX ?? 'c++', packages: compilerPackages },
  { name: 'make', command: 'make', packages: ['make', 'make', 'make'] },
  {
    name: 'Python 3, for node-gyp,',
    command: process.env.PYTHON ?? 'python3',
    packages: ['python3', 'python3', 'python3'],
  },
]

const headers: Part[] = [
  { name: 'stdlib.h', packages: ['libc6-dev', 'glibc-devel', 'musl-dev'] },
  { name: 'linux/types.h', packages: ['linux-libc-dev', 'kernel-headers', 'linux-headers'] },
  { name: 'asm/types.h', packages: ['linux-libc-dev', 'kernel-headers', 'linux-headers'] },
  { name: 'string_view', packages: compilerPackages },
]

/** Where to run the tools, and with which PATH. */
interface Place {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
}

/** Throws, before anything is compiled, an error that names everything missing, and the packages that contain it. */
export function requireToolchain(place: Place): void {
  const missingTools = tools.filter(({ command }) => words(command, ['--version'], place).status !== 0)
  if (missingTools.length > 0)
    throw lacks(missingTools.map((tool) => ({ ...tool, name: `${tool.name} (${tool.command})` })))
  const missingHeaders = headers.filter(({ name }) => !compiles(`#include <${name}>\n`, place))
  if (missingHeaders.length > 0)
    throw lacks(missingHeaders.map((header) => ({ ...header, name: `the header <${header.name}>` })))
}

function compiles(source: string, place: Place): boolean {
  const args = ['-std=gnu++17', '-x', 'c++', '-fsyntax-only', '-']
  return words(process.env.CXX ?? 'c++', args, place, source).status === 0
}

/** A variable such as CXX may contain arguments too, as for make. */
function words(command: string, args: string[], place: Place, input?: string) {
  const [program = '', ...more] = command.trim().split(/\s+/)
  return spawnSync(program, [...more, ...args], { ...place, input, stdio: ['pipe', 'ignore', 'ignore'] })
}

function lacks(parts: readonly Part[]): CliError {
  const install = (index: number) => [...new Set(parts.map(({ packages }) => packages[index]))].join(' ')
  return new CliError(
    [
      `the addon cannot be compiled here: ${parts.map(({ name }) => name).join(', ')} missing`,
      `  Debian, Ubuntu: apt-get install ${install(0)}`,
      `  Fedora, RHEL:   dnf install ${install(1)}`,
      `  Alpine:         apk add ${install(2)}`,
    ].join('\n'),
  )
}
