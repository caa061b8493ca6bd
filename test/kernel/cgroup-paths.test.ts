import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmdirSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { binding } from '../../lib/internal/binding.js'
import { cgroupLookup } from '../../lib/kernel/cgroup-path.js'
import { CgroupPaths } from '../../lib/monitors/tcp/cgroup-paths.js'
import { countTurns } from '../helpers/count-turns.js'
import '../helpers/no-leaks.js'

const root = mkdtempSync(join(tmpdir(), 'ebpf-cgroups-'))
const parent = `/ebpf-paths-${process.pid}`
const many = 2000
const names = Array.from({ length: many }, (_, i) => `${parent}/group-${i}`)
const idOf = (path: string) => statSync(join(root, path)).ino

/** In a guest all files are one process: what is made before all tests would be there for all files. */
function groupTest(title: string, run: (t: ExecutionContext) => void | Promise<void>): void {
  test.serial(title, async (t) => {
    const made = [parent, ...names]
    execFileSync('mount', ['-t', 'cgroup2', 'cgroup2', root])
    try {
      for (const path of made) mkdirSync(join(root, path))
      await run(t)
    } finally {
      for (const path of made.toReversed()) rmdirSync(join(root, path))
      execFileSync('umount', [root])
    }
  })
}
test.after.always(() => rmdirSync(root))

groupTest('a cgroup is found by its id, with one look however many there are, and no walk', (t) => {
  const asked: number[] = []
  const byHandle = cgroupLookup()
  if (!byHandle) return t.fail('root may look cgroups up by their ids')
  const lookup = (mount: string, id: number) => {
    asked.push(id)
    return byHandle(mount, id)
  }
  const paths = new CgroupPaths({ root, lookup })
  for (const path of names) t.deepEqual(paths.of(idOf(path)), { id: idOf(path), path })
  t.deepEqual(paths.of(idOf('/')), { id: idOf('/'), path: '/' })
  t.false(paths.incomplete)
  const before = asked.length
  t.is(before, many + 1)
  t.is(paths.of(idOf(parent)).path, parent)
  t.is(paths.of(idOf(names[0] ?? '')).path, names[0])
  t.is(asked.length, before + 1)
})

groupTest('cgroups that are gone have no path, cost one look each, and another that is made then has its own', (t) => {
  const fleeting = names.slice(-200)
  const ids = fleeting.map(idOf)
  for (const path of fleeting) rmdirSync(join(root, path))
  let looks = 0
  const lookup = (mount: string, id: number) => {
    looks += 1
    return binding.cgroupPath(mount, id)
  }
  const paths = new CgroupPaths({ root, lookup })
  for (const round of [1, 2]) for (const id of ids) t.deepEqual(paths.of(id), { id }, `round ${round}`)
  t.is(looks, ids.length)
  t.false(paths.incomplete)
  for (const path of fleeting) mkdirSync(join(root, path))
  for (const path of fleeting) t.is(paths.of(idOf(path)).path, path)
})

groupTest(
  'without the capability the tree is walked in turns of the event loop, once for all that are asked for',
  async (t) => {
    const paths = new CgroupPaths({ root, lookup: undefined })
    const gone = Number.MAX_SAFE_INTEGER
    const found = names.map((path) => paths.of(idOf(path)))
    const missing = paths.of(gone)
    t.true(found.every(({ path }) => path === undefined))
    t.true(paths.incomplete)
    const start = performance.now()
    const { turns } = await countTurns(() => paths.complete())
    const took = performance.now() - start
    t.deepEqual(
      found.map(({ path }) => path),
      names,
    )
    t.deepEqual(missing, { id: gone })
    t.false(paths.incomplete)
    // A slice is about 10 ms: if the walk took several, timers ran in between.
    t.true(turns >= 1 || took < 30, `${turns} turns in ${took} ms`)
    // What was not found is not looked up again, and what is new waits for the next walk.
    t.deepEqual(paths.of(gone), { id: gone })
    t.false(paths.incomplete)
    t.deepEqual(paths.of(idOf(parent)), { id: idOf(parent) })
    t.false(paths.incomplete, 'walks follow each other at a distance')
  },
)

groupTest('a process that may not look ids up finds cgroups by a walk', async (t) => {
  let looks = 0
  const lookup = () => {
    looks += 1
    throw new Error('not permitted')
  }
  const paths = new CgroupPaths({ root, lookup })
  const found = names.slice(0, 3).map((path) => paths.of(idOf(path)))
  await paths.complete()
  t.deepEqual(
    found.map(({ path }) => path),
    names.slice(0, 3),
  )
  t.is(looks, 1)
})

groupTest('a mount that is not there is an error that names it', (t) => {
  t.throws(() => binding.cgroupPath('/nowhere', 1), { code: 'ENOENT', message: /cgroup with id 1 at \/nowhere/ })
  t.is(binding.cgroupPath(root, Number.MAX_SAFE_INTEGER), undefined)
  t.throws(() => binding.cgroupPath(root, -1), { instanceOf: RangeError })
})
