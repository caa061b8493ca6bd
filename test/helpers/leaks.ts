import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ExecutionContext, TestFn } from 'ava'
import { BpfError, listLinks, listMaps, listPrograms } from 'ebpf'
import { collectGarbage } from './collect-garbage.js'

/**
 * Fails the test file if, after its last test, the process holds descriptors that it did not hold before the first, or
 * if the kernel holds programs, maps or links that no other process holds: in an attachment, a pin, or memory that was
 * not released.
 */
export function failOnLeaks(test: TestFn): void {
  let before = new Map<string, string>()
  let known = new Set<string>()
  test.before(() => {
    before = openDescriptors()
    known = new Set(kernelObjects().keys())
  })
  const noneLeaked = async (t: ExecutionContext) => {
    const found = () => [
      ...[...openDescriptors()].filter(([fd, target]) => before.get(fd) !== target).map((each) => each.join(' → ')),
      ...leakedObjects(known),
    ]
    // Pipes of processes that have just ended close a little later, and the kernel frees after a grace period. Whatever
    // appears from now on is not ours.
    let leaked = found()
    for (let tries = 0; tries < 50 && leaked.length > 0; tries++) {
      collectGarbage() // a view's memory goes with the last ArrayBuffer that has it
      await sleep(100)
      const still = new Set(found())
      leaked = leaked.filter((each) => still.has(each))
    }
    t.deepEqual(leaked, [])
  }
  // Hooks run in the order in which they are declared. This one comes after those of the file, which close what its
  // tests share.
  queueMicrotask(() => test.after.always('no descriptor, program, map or link is leaked', noneLeaked))
}

/** What each descriptor of this process refers to, by its number. */
function openDescriptors(): Map<string, string> {
  const descriptors = new Map<string, string>()
  for (const fd of readdirSync('/proc/self/fd')) {
    try {
      descriptors.set(fd, readlinkSync(`/proc/self/fd/${fd}`))
    } catch (error) {
      // The descriptor through which the directory was read.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  return descriptors
}

/** A short description of each program, map and link of the machine, by kind and id; ids are never reused. */
function kernelObjects(): Map<string, string> {
  const objects = new Map<string, string>()
  for (const { id, name, mapIds } of listPrograms()) objects.set(`program ${id}`, `${name} with maps ${mapIds.join()}`)
  for (const { id, name, type } of listMaps()) {
    // This listing opens maps by id. If it opens a program array that the kernel is about to clear after its last
    // close, that costs a reference that nobody releases (prog_array_map_clear of kernel/bpf/arraymap.c, whose work is
    // already queued).
    if (type !== 'prog_array') objects.set(`map ${id}`, name)
  }
  for (const { id, kind, programId } of listedLinks()) objects.set(`link ${id}`, `${kind} of program ${programId}`)
  return objects
}

/** Links can be listed since Linux 5.8; a kernel without them cannot leak any. */
function listedLinks() {
  try {
    return [...listLinks()]
  } catch (error) {
    if (error instanceof BpfError && error.code === 'EINVAL') return []
    throw error
  }
}

/**
 * What has appeared since, unless another process holds it: other users of the machine load programs too. A map that is
 * held only by such a program also belongs to that process.
 */
function leakedObjects(known: ReadonlySet<string>): string[] {
  const fresh = new Map([...kernelObjects()].filter(([object]) => !known.has(object)))
  if (fresh.size === 0) return []
  const others = heldByOthers()
  for (const { id, mapIds } of listPrograms()) {
    if (others.has(`program ${id}`)) for (const map of mapIds) others.add(`map ${map}`)
  }
  return [...fresh].filter(([object]) => !others.has(object)).map((each) => each.join(': '))
}

/** The programs, maps and links that other processes' descriptors refer to, and the programs of their links. */
function heldByOthers(): Set<string> {
  const held = new Set<string>()
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
  for (const pid of processes) {
    for (const fd of unlessGone(() => readdirSync(`/proc/${pid}/fdinfo`)) ?? []) {
      const info = unlessGone(() => readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'latin1')) ?? ''
      for (const [, kind, id] of info.matchAll(/^(prog|map|link)_id:\s*(\d+)$/gm)) {
        held.add(`${kind === 'prog' ? 'program' : kind} ${id}`)
      }
    }
  }
  return held
}

function unlessGone<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES') return undefined
    throw error
  }
}
