import test from 'ava'
import { createMap, NotSupportedError, u32, u64 } from 'ebpf'
import { possibleCpus } from 'ebpf/kernel'
import { kernelTest } from '../helpers/kernel-test.js'
import { isOlderThan } from '../helpers/kernel-version.js'
import { loadFixture, runOnPacket } from '../helpers/load-fixture.js'

const cpus = Array.from({ length: possibleCpus() }, (_, cpu) => cpu)
const last = cpus.length - 1
const kinds = ['percpu_hash', 'percpu_array', 'lru_percpu_hash'] as const

for (const type of kinds) {
  kernelTest(`one CPU's value of a ${type} map is set and read, and the others' stay`, { needs: ['one_cpu'] }, (t) => {
    using map = createMap({ type, name: 'parts', key: u32, value: u64, maxEntries: 256 })
    const values = cpus.map((cpu) => BigInt(cpu + 1))
    map.set(1, values)
    t.deepEqual(
      cpus.map((cpu) => map.getCpu(1, cpu)),
      values,
    )
    for (const cpu of cpus) {
      map.setCpu(1, cpu, 100n + BigInt(cpu))
      values[cpu] = 100n + BigInt(cpu)
      t.deepEqual(map.get(1), values)
    }
    t.is(map.getCpu(999, last), undefined)
  })

  kernelTest(`one CPU's values of a ${type} map go by batches, whatever their size`, { needs: ['one_cpu'] }, (t) => {
    // More than a batch; an LRU map keeps some of its room for each CPU.
    const [count, room] = [5_000, type === 'lru_percpu_hash' ? 50_000 : 5_000]
    using map = createMap({ type, key: u32, valueSize: 13, maxEntries: room })
    const bytes = (...parts: number[]) => Uint8Array.from({ length: 13 }, (_, i) => parts[i % parts.length] as number)
    const keys = Array.from({ length: count }, (_, key) => key)
    t.is(map.setEveryCpuBatch(keys.map((key) => [key, bytes(key & 255, key >> 8)])), count)
    t.is(
      map.setCpuBatch(
        last,
        keys.map((key) => [key, bytes(1, key & 255, key >> 8)]),
      ),
      count,
    )
    const seen = new Map(map.entriesOfCpu(last))
    t.is([...seen.keys()].filter((key) => key < count).length, count)
    const wrong = keys.filter((key) => Buffer.compare(seen.get(key) ?? bytes(0), bytes(1, key & 255, key >> 8)) !== 0)
    t.deepEqual(wrong, [])
    for (const [cpu, value] of map.get(777)?.entries() ?? []) {
      t.deepEqual(Uint8Array.from(value), cpu === last ? bytes(1, 777 & 255, 777 >> 8) : bytes(777 & 255, 777 >> 8))
    }
    t.is(map.setCpuBatch(0, [[3, bytes(9)]]), 1)
    if (last > 0) t.deepEqual(map.getCpu(3, last), bytes(1, 3, 0))
  })
}

for (const type of ['percpu_hash', 'lru_percpu_hash'] as const) {
  kernelTest(`a key that setCpu adds to a ${type} map has zeros for the other CPUs`, { needs: ['one_cpu'] }, (t) => {
    using map = createMap({ type, key: u32, value: u64, maxEntries: 256 })
    const keys = Array.from({ length: 64 }, (_, key) => key)
    // The new entries reuse the memory of these.
    map.setEveryCpuBatch(keys.map((key) => [key, 77n] as const))
    t.is(map.deleteBatch(keys), 64)
    for (const key of keys) map.setCpu(1000 + key, 0, 5n)
    const expected = cpus.map((cpu) => (cpu === 0 ? 5n : 0n))
    t.deepEqual(
      [...map.values()],
      keys.map(() => expected),
    )
  })
}

kernelTest('storage of cgroup programs is looked up for one CPU too', { needs: ['one_cpu'] }, (t) => {
  using map = createMap({ type: 'percpu_cgroup_storage', keySize: 8, value: u64, maxEntries: 0 })
  // A kernel that did not know this type's flag would return EINVAL.
  t.is(map.getCpu(new Uint8Array(8), last), undefined)
  t.deepEqual([...map.entriesOfCpu(last)], [])
})

kernelTest('what programs counted on a CPU is what is read of it', { needs: ['one_cpu'] }, (t) => {
  using bpf = loadFixture('maps', ['account'])
  type Traffic = { bytes: bigint; packets: number; unused: number }
  const traffic = bpf.map<number, Traffic[]>('traffic')
  for (let i = 0; i < 5; i++) runOnPacket(bpf, 'account', 3)
  const read = cpus.map((cpu) => traffic.getCpu(3, cpu) as Traffic)
  t.deepEqual(read, traffic.get(3))
  t.is(
    read.reduce((sum, { packets }) => sum + packets, 0),
    5,
  )
})

for (const type of kinds) {
  kernelTest(`one value is set for all CPUs of a ${type} map, alone and by batches, on every kernel`, {}, (t) => {
    using map = createMap({ type, name: 'parts', key: u32, value: u32, maxEntries: 256 })
    map.setEveryCpu(1, 3)
    t.deepEqual(
      map.get(1),
      cpus.map(() => 3),
    )
    const entries = [1, 2, 3].map((key) => [key, key * 10] as const)
    t.is(map.setEveryCpuBatch(entries), 3)
    for (const [key, value] of entries) {
      t.deepEqual(
        map.get(key),
        cpus.map(() => value),
      )
    }
    t.throws(() => map.setEveryCpuBatch([[1, 'x' as never]]), { instanceOf: TypeError, message: /u32.*'x'/ })
    t.throws(() => map.setEveryCpuBatch(5 as never), { instanceOf: TypeError, message: /entries.*5/ })
    // The kernel does not combine these flags with its flag for all CPUs.
    t.throws(() => map.setEveryCpu(1, 4, 'noexist'), { code: 'EEXIST' })
    t.throws(() => map.setEveryCpuBatch([[1, 4]], 'noexist'), { code: 'EEXIST' })
    t.is(map.getSum(1), 10 * cpus.length)
    map.setEveryCpu(1, 4, 'exist')
    t.is(map.getSum(1), 4 * cpus.length)
  })
}

kernelTest('a CPU that there cannot be, and a map without values for each CPU, are refused', {}, (t) => {
  using map = createMap({ type: 'percpu_array', name: 'parts', value: u32, maxEntries: 1 })
  const range = { instanceOf: RangeError, message: new RegExp(`from 0 to ${last}.*not ${cpus.length}`) }
  t.throws(() => map.getCpu(0, cpus.length), range)
  t.throws(() => map.setCpu(0, cpus.length, 1), range)
  t.throws(() => map.setCpuBatch(cpus.length, [[0, 1]]), range)
  t.throws(() => [...map.entriesOfCpu(cpus.length)], range)
  t.throws(() => map.getCpu(0, -1), { instanceOf: RangeError, message: /not -1/ })
  t.throws(() => map.getCpu(0, 0.5), { instanceOf: TypeError, message: /0\.5/ })
  using hash = createMap({ type: 'hash', name: 'plain', key: u32, value: u32, maxEntries: 1 })
  const plain = { instanceOf: TypeError, message: /map plain of type hash has no values for each CPU/ }
  t.throws(() => hash.getCpu(0, 0), plain)
  t.throws(() => hash.setCpu(0, 0, 1 as never), plain)
  t.throws(() => hash.setCpuBatch(0, []), plain)
  t.throws(() => hash.setEveryCpuBatch([]), plain)
  t.throws(() => [...hash.entriesOfCpu(0)], plain)
})

kernelTest('a value of a codec of the user’s that is too long for a CPU is refused', {}, (t) => {
  const value = { encode: (size: number) => new Uint8Array(size).fill(7), decode: (bytes: Uint8Array) => bytes.length }
  using map = createMap({ type: 'percpu_array', name: 'parts', value, valueSize: 4, maxEntries: 1 })
  const long = { instanceOf: RangeError, message: /parts has 4 bytes a CPU, not 5/ }
  t.throws(() => map.setEveryCpu(0, 5), long)
  t.throws(() => map.set(0, Array(cpus.length).fill(5)), long)
  t.throws(() => map.setEveryCpuBatch([[0, 5]]), long)
  map.setEveryCpu(0, 3)
  const none = { ...value, encode: () => 'text' as unknown as Uint8Array }
  using other = createMap({ type: 'percpu_array', name: 'parts', value: none, valueSize: 4, maxEntries: 1 })
  t.throws(() => other.setEveryCpu(0, 1), { instanceOf: TypeError, message: /parts must be encoded.*'text'/ })
})

test('a kernel that cannot reach one CPU’s value says so, and what to do', (t) => {
  if (!isOlderThan('7.0')) {
    t.pass('this kernel can')
    return
  }
  using map = createMap({ type: 'percpu_array', value: u32, maxEntries: 1 })
  const refused = { instanceOf: NotSupportedError, message: /needs Linux 7\.0.*use get, set and entries/ }
  map.setEveryCpu(0, 3)
  t.throws(() => map.getCpu(0, 0), refused)
  t.throws(() => map.setCpu(0, 0, 1), refused)
  t.throws(() => map.setCpuBatch(0, [[0, 1]]), refused)
  t.throws(() => [...map.entriesOfCpu(0)], refused)
  t.deepEqual(
    map.get(0),
    cpus.map(() => 3),
  )
})
