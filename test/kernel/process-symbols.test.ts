import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { ProcessSymbols } from 'ebpf/symbols'
import { elfFile } from '../helpers/elf-file.js'
import '../helpers/no-leaks.js'

/* A process maps a file and puts something else in its place; root asks for its functions. */

const elf = (name: string) => elfFile([{ name, value: 0x1010, size: 4 }], { wide: true, little: true })
const mapNumber = process.arch === 'arm64' ? 222 : 9
const mapping = `
  sub mapFile { open my $f, '<', $_[0] or die $!; my $at = syscall ${mapNumber}, 0, 4096, 1, $_[1] // 2, fileno $f, 0; $at > 0 or die $!; $at }`

interface Observed {
  readonly pid: number
  readonly folder: string
  readonly file: string
}

/** Starts a process of user nobody that has mapped an ELF file with one function, `mapped`. */
async function observed(t: ExecutionContext, more = ''): Promise<Observed> {
  const folder = mkdtempSync(join(tmpdir(), 'ebpf-mapped-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  chmodSync(folder, 0o777)
  const file = join(folder, 'mapped.so')
  writeFileSync(file, elf('mapped'))
  const program = `${mapping} mapFile '${file}'; chdir '${folder}'; ${more} $| = 1; print "ready\\n"; <STDIN>`
  const child = spawn('setpriv', ['--reuid=65534', '--clear-groups', 'perl', '-e', program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.teardown(() => end(child))
  await once(child.stdout, 'data')
  return { pid: child.pid ?? 0, folder, file }
}

async function end(child: ChildProcess): Promise<void> {
  child.stdin?.end()
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

function addressOf(pid: number, file: string): bigint {
  const lines = readFileSync(`/proc/${pid}/maps`, 'latin1').split('\n')
  return BigInt(`0x${lines.find((line) => line.includes(` ${file}`))?.split('-')[0]}`)
}

/** The function at offset 0x12 of the mapped file, as seen by a process that may open mappings. */
const nameOf = ({ pid, file }: Observed) => new ProcessSymbols(pid).resolve(addressOf(pid, file) + 0x12n).name

/** The same, as seen by a process of the same user without capabilities, which only has the path. */
function nameWithoutCapabilities({ pid, file }: Observed): string {
  const source = `import('ebpf/symbols').then(({ ProcessSymbols }) =>
    console.log(new ProcessSymbols(${pid}).resolve(${addressOf(pid, file) + 0x12n}n).name))`
  const drop = ['--reuid=65534', '--clear-groups', '--bounding-set=-all', '--inh-caps=-all']
  const { stdout, stderr } = spawnSync('setpriv', [...drop, process.execPath, '-e', source], { encoding: 'utf8' })
  return (stdout || stderr).trim()
}

const inItsPlace: Readonly<Record<string, (at: Observed) => void>> = {
  nothing: ({ file }) => rmSync(file),
  'another file': ({ file }) => {
    rmSync(file)
    writeFileSync(file, elf('other'))
  },
  'a link to another file': ({ file, folder }) => {
    rmSync(file)
    writeFileSync(join(folder, 'other.so'), elf('other'))
    symlinkSync('other.so', file)
  },
  'a pipe': ({ file }) => {
    rmSync(file)
    execFileSync('mkfifo', [file])
  },
}

test('files that were loaded in turns of the event loop need no more reading', async (t) => {
  const { pid, file } = await observed(t)
  const symbols = new ProcessSymbols(pid)
  const [start = ''] = /^[0-9a-f]+(?=.*mapped\.so)/m.exec(readFileSync(`/proc/${pid}/maps`, 'latin1')) ?? []
  const address = BigInt(`0x${start}`) + 0x11n
  await Promise.all([symbols.load([address, 1n]), symbols.load([address])])
  // Its file is gone, and so is the process: what is known was read before.
  rmSync(file)
  process.kill(pid, 'SIGKILL')
  await sleep(50)
  t.like(symbols.resolve(address), { file, name: 'mapped', offset: 1 })
  t.throws(() => symbols.load(5 as never), { instanceOf: TypeError, message: /addresses/ })
  t.throws(() => symbols.load([5] as never), { instanceOf: TypeError, message: /an address/ })
})

for (const [what, put] of Object.entries(inItsPlace)) {
  test(`the mapped file is read where ${what} stands in its place`, async (t) => {
    const process = await observed(t)
    t.is(nameOf(process), 'mapped')
    put(process)
    t.is(nameOf(process), 'mapped')
  })
}

test('who may not open mappings is told of the file at the path, but of no other', async (t) => {
  const process = await observed(t)
  t.is(nameWithoutCapabilities(process), 'mapped')
  for (const [what, put] of Object.entries(inItsPlace)) {
    put(process)
    t.is(nameWithoutCapabilities(process), 'undefined', what)
    if (what === 'nothing') writeFileSync(process.file, '')
  }
})

test('a link to a pipe is not opened, as its writer would notice', async (t) => {
  const process = await observed(t)
  const pipe = join(process.folder, 'pipe')
  rmSync(process.file)
  execFileSync('mkfifo', [pipe])
  symlinkSync(pipe, process.file)
  const writer = spawn('sh', ['-c', `exec 3> '${pipe}'`], { stdio: 'ignore' })
  await sleep(100)
  t.is(nameOf(process), 'mapped')
  t.is(nameWithoutCapabilities(process), 'undefined')
  await sleep(100)
  t.is(writer.exitCode, null)
  writer.kill()
  await once(writer, 'exit')
})

test('a mapped device is not opened', async (t) => {
  const process = await observed(t, "mapFile '/dev/zero', 1;")
  t.deepEqual(new ProcessSymbols(process.pid).resolve(addressOf(process.pid, '/dev/zero')).name, undefined)
})

test('a list of mappings that no ordinary process has is refused', async (t) => {
  const { pid } = await observed(
    t,
    "for (1 .. 15) { mkdir 'd' x 250; chdir 'd' x 250 } open F, '>', 'f'; print F 'x'; close F; mapFile 'f' for 1 .. 4500;",
  )
  t.throws(() => new ProcessSymbols(pid), { code: 'EFBIG', message: new RegExp(`process ${pid}.*16 MB`) })
})
