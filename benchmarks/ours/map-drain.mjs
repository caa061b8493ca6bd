import { load, now, print, run, warmUp } from './subject.mjs'

/** map-drain OBJECT hash|percpu ENTRIES SAMPLES read|drain each|kept: a whole map decoded, looked at one by one or kept in an array. */
const [path, kind, size, samples, level, use] = process.argv.slice(2)

const name = `fill_${kind}`
const entries = Number(size)
const mapName = kind === 'hash' ? 'flows' : 'flows_by_cpu'
const bpf = load(path, [name], { [mapName]: entries })
const program = bpf.program(name)
const map = bpf.map(mapName)
const times = []
const flows = new Array(use === 'kept' ? entries : 0)
let sum = 0

function each(entries) {
  let total = 0
  for (const [key, values] of entries) {
    const value = kind === 'hash' ? values : values[0]
    sum ^= key.sport ^ key.dport ^ value.flags ^ value.ifindex ^ (value.packets === value.bytes ? 1 : 0)
    total += 1
  }
  return total
}

function kept(entries) {
  let total = 0
  for (const entry of entries) flows[total++] = entry
  return total
}

const consume = { each, kept }[use]
// The first turns warm up and are not told: more of them where a turn is short. The peers make as many.
const first = -Math.max(warmUp, Math.ceil(200_000 / entries))
for (let i = first; i < Number(samples); i++) {
  if (i === first || level === 'drain') run(program, entries)
  const start = now()
  const total = consume(level === 'drain' ? map.drain() : map)
  const time = now() - start
  if (total !== entries) throw new Error(`${total} of ${entries} entries`)
  if (i >= 0) times.push(time / total)
}
console.error(sum)
print({ time: times })
bpf.close()
