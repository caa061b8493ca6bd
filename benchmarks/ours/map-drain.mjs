import { load, now, print, run, warmUp } from './subject.mjs'

/** map-drain OBJECT hash|percpu ENTRIES SAMPLES read|drain: a whole map, keys and values decoded. */
const [path, kind, size, samples, level] = process.argv.slice(2)

const name = `fill_${kind}`
const entries = Number(size)
const mapName = kind === 'hash' ? 'flows' : 'flows_by_cpu'
const bpf = load(path, [name], { [mapName]: entries })
const program = bpf.program(name)
const map = bpf.map(mapName)
const times = []
const flows = new Array(entries)
// The first turns warm up and are not told: more of them where a turn is short. The peers make as many.
const first = -Math.max(warmUp, Math.ceil(200_000 / entries))
for (let i = first; i < Number(samples); i++) {
  if (i === first || level === 'drain') run(program, entries)
  let total = 0
  const start = now()
  for (const flow of level === 'drain' ? map.drain() : map) flows[total++] = flow
  const time = now() - start
  if (total !== entries) throw new Error(`${total} of ${entries} entries`)
  if (i >= 0) times.push(time / total)
}
print({ time: times })
bpf.close()
