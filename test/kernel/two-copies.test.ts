import { createRequire } from 'node:module'
import { join } from 'node:path'
import * as esm from 'ebpf'
import { addAddresses, createNetwork, removeNetwork } from '../../lib/cli/demo/network.js'
import { fixture } from '../helpers/fixture.js'
import { kernelTest } from '../helpers/kernel-test.js'

/* The package as an ES module and as CommonJS in one process: each accepts what the other made. */

const cjs: typeof esm = createRequire(join(process.cwd(), '/'))('./dist/index.cjs')

const loaded = ({ open }: typeof esm) => {
  const object = open(fixture('network'))
  for (const program of object.programs.values()) program.autoload = ['one', 'two'].includes(program.name)
  return object.loadSync()
}

kernelTest('a link of one copy is a place for a program of the other', { needs: ['tcx'] }, async (t) => {
  const network = await createNetwork(1)
  try {
    addAddresses(network)
    const { interface: name, netns } = network.client
    const hook = { interface: name, netns: netns.path, direction: 'egress' } as const
    using mine = loaded(esm)
    using other = loaded(cjs)
    using last = mine.program('one').attachTcx(hook)
    using first = other.program('two').attachTcx({ ...hook, before: last })
    t.true(first instanceof esm.Link)
    t.true(last instanceof cjs.Link)
    const { programs } = esm.queryPrograms({ ...hook, attachType: 'tcx_egress' })
    t.deepEqual(
      programs.map(({ id }) => id),
      [other.program('two').info().id, mine.program('one').info().id],
    )
    last.update(other.program('one'))
  } finally {
    await removeNetwork(network)
  }
})

kernelTest('a map of one copy is read by a ring of the other, and held by its map of maps', {}, (t) => {
  using ring = cjs.createMap({ type: 'ringbuf', maxEntries: 4096 })
  t.true(ring instanceof esm.BpfMap)
  using reader = new esm.RingBuffer(ring)
  t.deepEqual(reader.read(), [])
  using inner = cjs.createMap({ type: 'array', value: cjs.u32, maxEntries: 1 })
  using outer = esm.createMap({ type: 'array_of_maps', maxEntries: 1, inner })
  outer.set(0, inner)
  t.is(outer.get(0), inner.id)
})
