import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type BpfObject, type Link, open } from 'ebpf'
import { fixture } from '../helpers/fixture.js'
import { kernelTest } from '../helpers/kernel-test.js'
import {
  hasLinker,
  type Linker,
  linkers,
  linkTraced,
  moveNotes,
  type Round,
  runTraced,
  startTraced,
  untraced,
} from '../helpers/traced-program.js'

/*
 * The linker decides how a program's file is laid out. A probe or a semaphore whose address is a few bytes off changes
 * what the program computes, so that is compared, in addition to the hits.
 */
const layouts = {
  PIE: ['-pie', '-fpie'],
  'no PIE': ['-no-pie', '-fno-pie'],
  static: ['-static'],
  'a static PIE': ['-static-pie'],
  'code and data on the same pages': ['-no-pie', '-fno-pie', '-Wl,-z,noseparate-code'],
  'no RELRO': ['-pie', '-fpie', '-Wl,-z,norelro'],
  'segments on pages of their own': ['-pie', '-fpie', '-Wl,-z,separate-loadable-segments'],
} as const

const folder = mkdtempSync(join(tmpdir(), 'ebpf-linkers-'))
test.after.always(() => rmSync(folder, { recursive: true }))

/** For every process: `load()` of the helpers restricts it to this one. */
function loadForAll(): BpfObject {
  const object = open(fixture('usdt'))
  object.program('on_usdt').autoload = true
  return object.loadSync()
}

/** Processes that can be traced: also those that start later, only running ones, or none. */
type Traceable = 'all' | 'running' | 'none'

/** Traces a running process, and those that start later; only the hits may change. */
async function trace(t: ExecutionContext, path: string): Promise<Traceable> {
  using bpf = loadForAll()
  const program = bpf.program('on_usdt')
  await using running = await startTraced(path)
  t.deepEqual(runTraced(path), untraced)
  const counted = async (pid: number | undefined, round: () => Round | Promise<Round>): Promise<boolean> => {
    const before = bpf.globals.hits as bigint
    const link = attach(t, () => program.attachUsdt(path, 'ebpf', 'run', pid === undefined ? {} : { pid }))
    if (!link) return false
    const traced = await round()
    link.close()
    t.true(traced.semaphore > 0)
    t.deepEqual({ ...traced, semaphore: 0 }, untraced)
    t.is((bpf.globals.hits as bigint) - before, 5n)
    t.is(bpf.globals.argument, 5n)
    return true
  }
  const inRunning = await counted(running.pid, running.round)
  t.deepEqual(await running.round(), untraced)
  const later = await counted(undefined, () => runTraced(path))
  t.deepEqual(runTraced(path), untraced)
  t.deepEqual(await running.round(), untraced)
  t.is(await running.end(), 0)
  return later ? 'all' : inRunning ? 'running' : 'none'
}

/** If the kernel would count at the wrong address, attaching is refused. */
function attach(t: ExecutionContext, call: () => Link): Link | undefined {
  try {
    return call()
  } catch (error) {
    t.like(error, { code: 'ENOTSUP' })
    t.regex((error as Error).message, /semaphore shares a page of .* with the writable segment at 0x/)
    return undefined
  }
}

for (const linker of linkers) {
  const title = (what: string) =>
    `a USDT probe behind a semaphore runs in ${what}, linked by ${linker}, and harms nothing`
  if (!hasLinker(linker)) {
    test.skip(`${title('programs')} # needs ld.${linker}`, () => {})
    continue
  }
  for (const [layout, flags] of Object.entries(layouts)) {
    const path = join(folder, `${linker}-${layout}`)
    if (!links(path, linker, flags)) continue
    kernelTest(title(layout), { needs: ['uprobe'] }, async (t) => {
      const traceable = await trace(t, path)
      t.log(`processes that can be traced: ${traceable}`)
      // Both put everything that is written into one segment.
      if (linker === 'bfd' || linker === 'gold' || layout === 'segments on pages of their own') t.is(traceable, 'all')
      else if (layout !== 'no RELRO') t.not(traceable, 'none')
    })
  }
}

kernelTest(
  'the probe and the semaphore of a program that prelink has moved are found',
  { needs: ['uprobe'] },
  async (t) => {
    const path = join(folder, 'prelinked')
    linkTraced(path, 'bfd', layouts.PIE)
    moveNotes(path, 0x20n)
    t.is(await trace(t, path), 'all')
  },
)

kernelTest('a semaphore that no page of the file has is refused', { needs: ['uprobe'] }, (t) => {
  const path = join(folder, 'bss')
  linkTraced(path, 'bfd', ['-DSEMAPHORE_IN_BSS'])
  using bpf = loadForAll()
  t.throws(() => bpf.program('on_usdt').attachUsdt(path, 'ebpf', 'run'), {
    code: 'ENOTSUP',
    message: /semaphore is in memory that no page of .* is mapped to/,
  })
})

/** Some linkers lack an option that a layout needs. */
function links(path: string, linker: Linker, flags: readonly string[]): boolean {
  try {
    linkTraced(path, linker, flags)
    return true
  } catch (error) {
    if (/unknown (-z )?option/.test(String((error as { stderr?: Buffer }).stderr))) return false
    throw error
  }
}
