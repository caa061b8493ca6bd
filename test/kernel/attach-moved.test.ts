import { type BpfObject, type Link, queryPrograms } from 'ebpf'
import type { NetworkNamespace } from '../../lib/cli/demo/namespace.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { loadOnly } from '../helpers/load.js'
import { addPair, withNamespace } from '../helpers/pair.js'

/** A way to attach without a link, and how to see the program. */
interface Way {
  readonly name: string
  readonly needs: readonly ['tcx'] | readonly []
  readonly load: () => BpfObject
  readonly attach: (bpf: BpfObject, place: { interface: string; netns: string }) => Link
  readonly isOn: (netns: NetworkNamespace, name: string) => boolean
}

const ways: readonly Way[] = [
  {
    name: 'XDP',
    needs: [],
    load: () => loadOnly('network', ['pass']),
    attach: (bpf, place) => bpf.program('pass').attachXdp({ ...place, link: false, mode: 'generic' }),
    isOn: (netns, name) => / xdpgeneric /.test(netns.ip(`link show ${name}`)),
  },
  {
    name: 'TCX',
    needs: ['tcx'],
    load: () => loadOnly('network', ['one']),
    attach: (bpf, place) => bpf.program('one').attachTcx({ ...place, link: false, direction: 'ingress' }),
    isOn: (netns, name) =>
      queryPrograms({ interface: name, netns: netns.path, attachType: 'tcx_ingress' }).programs.length > 0,
  },
]

for (const { name, needs, load, attach, isOn } of ways) {
  kernelTest(`a program without a link is detached where its interface was moved to (${name})`, { needs }, (t) =>
    withNamespace((here) =>
      withNamespace(async (there) => {
        addPair(here)
        using bpf = load()
        const link = attach(bpf, { interface: 'left', netns: here.path })
        // The index that it has is given to another interface there, and here to one that has no program.
        const [index = ''] = /^\d+/.exec(here.ip('link show left')) ?? []
        addPair(there, 'taken', { index })
        here.ip(`link set left netns ${there.pid}`)
        addPair(here, 'after', { index })
        t.true(isOn(there, 'left'))
        link.close()
        t.false(isOn(there, 'left'))
      }),
    ),
  )

  kernelTest(`a program without a link whose interface is gone is closed without an error (${name})`, { needs }, (t) =>
    withNamespace(async (here) => {
      addPair(here)
      using bpf = load()
      const link = attach(bpf, { interface: 'left', netns: here.path })
      here.ip('link delete left')
      addPair(here)
      t.notThrows(() => link.close())
    }),
  )

  kernelTest(
    `a program whose interface was moved and deleted there is closed without an error (${name})`,
    { needs },
    (t) =>
      withNamespace((here) =>
        withNamespace(async (there) => {
          addPair(here)
          using bpf = load()
          const link = attach(bpf, { interface: 'left', netns: here.path })
          here.ip(`link set left netns ${there.pid}`)
          there.ip('link delete left')
          t.notThrows(() => link.close())
        }),
      ),
  )

  kernelTest(`a program whose interface was moved twice is reported (${name})`, { needs }, (t) =>
    withNamespace((here) =>
      withNamespace((there) =>
        withNamespace(async (beyond) => {
          addPair(here)
          using bpf = load()
          const link = attach(bpf, { interface: 'left', netns: here.path })
          here.ip(`link set left netns ${there.pid}`)
          there.ip(`link set left netns ${beyond.pid}`)
          t.true(isOn(beyond, 'left'))
          t.throws(() => link.close(), {
            code: 'EXDEV',
            message: /moved .* may still be attached to it; call disconnect\(\) to close the handle/,
          })
          t.true(isOn(beyond, 'left'))
          link.disconnect()
        }),
      ),
    ),
  )
}
