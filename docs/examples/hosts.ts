import { open, u64 } from 'ebpf'
import { dateToKtime, ktimeToDate } from 'ebpf/kernel'

using bpf = await open('hosts.bpf.o').load()
const hosts = bpf.map('hosts', {
  addresses: 'text', // every struct in_addr and in6_addr
  enums: 'name',
  charArrays: 'string',
  types: { 'host.mac': 'mac' }, // wherever a struct host occurs
  fields: {
    'value.bytes': 'number',
    // a codec of your own
    'value.last': {
      decode: (bytes) => ktimeToDate(Buffer.from(bytes).readBigUInt64LE()),
      encode: (date: Date) => u64.encode(dateToKtime(date)),
    },
  },
})

const packet = Buffer.alloc(14 + 20 + 8)
packet.set([0x02, 0, 0, 0, 0, 0x01], 6)
packet.writeUInt16BE(0x0800, 12)
packet.set([0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1], 14)
packet.writeUInt16BE(5353, 34)
bpf.program('file_sender').run({ data: packet })

for (const [endpoint, host] of hosts) console.log(endpoint, host)
