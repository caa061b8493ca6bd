import test from 'ava'
import * as main from 'ebpf'
import * as btf from 'ebpf/btf'
import * as flows from 'ebpf/flows'
import * as kernel from 'ebpf/kernel'
import * as net from 'ebpf/net'
import * as retransmits from 'ebpf/retransmits'
import * as symbols from 'ebpf/symbols'

test('a name is exported by one entry, except BtfError, which is one class', (t) => {
  const names = [main, btf, flows, kernel, net, retransmits, symbols].flatMap((entry) => Object.keys(entry))
  t.deepEqual(
    names.filter((name, i) => names.indexOf(name) !== i),
    ['BtfError'],
  )
  t.is(main.BtfError, btf.BtfError)
})
