import { createMap, type SizedCodec, u32 } from 'ebpf'

/** The kernel's `struct bpf_lpm_trie_key`: the prefix's length in bits, then the address as it lies in packets. */
const cidr: SizedCodec<string> = {
  size: 8,
  encode(text) {
    const [address = '', bits = '32'] = text.split('/')
    return Uint8Array.of(...u32.encode(Number(bits)), ...address.split('.').map(Number))
  },
  decode(bytes, view, offset) {
    return `${bytes.subarray(offset + 4, offset + 8).join('.')}/${u32.decode(bytes, view, offset)}`
  },
}

using zones = createMap({ type: 'lpm_trie', name: 'zones', key: cidr, value: u32, maxEntries: 1024 })
zones.set('0.0.0.0/0', 1).set('10.0.0.0/8', 2).set('10.1.0.0/16', 3)

// What is looked up has all its bits: the longest prefix of it that is in the trie answers.
for (const address of ['192.0.2.1', '10.2.0.1', '10.1.0.1']) console.log(`${address} is in zone ${zones.get(address)}`)

zones.delete('10.1.0.0/16')
console.log(`now in zone ${zones.get('10.1.0.1')}`)
console.log([...zones.keys()].sort().join(' '))
