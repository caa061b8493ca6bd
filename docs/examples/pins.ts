import { BpfError, createMap, openMap, u64 } from 'ebpf'

const path = `/sys/fs/bpf/limits-${process.pid}`

{
  using limits = createMap({ type: 'array', name: 'limits', value: u64, maxEntries: 2 })
  limits.set(0, 1000n)
  limits.freeze() // user space writes it no more
  limits.pin(path)
} // the handle is closed; the pin keeps the map, also after this process

using limits = openMap({ path, access: 'read' }, { value: u64 })
console.log(`limit: ${limits.get(0)}`)
try {
  limits.set(0, 2000n)
} catch (error) {
  if (!(error instanceof BpfError)) throw error
  console.log(`${error.code}: ${error.message}`)
}

using same = openMap<number, bigint>({ id: limits.id }, { value: u64 })
console.log(`${same.name} of ${same.maxEntries}, frozen: ${same.info().frozen}`)
limits.unpin()
