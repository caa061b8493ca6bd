import { keyOf, value } from '../lib/flow.mjs'
import { load, now, print, run, warmUp } from './subject.mjs'

/** map-ops OBJECT SAMPLES get|set: single entries of a hash of 65,536, keys and values objects. */
const [path, samples, operation] = process.argv.slice(2)

const operations = 65_536
const bpf = load(path, ['fill_hash'])
run(bpf.program('fill_hash'), operations)
const map = bpf.map('flows')

const operate = {
  get(n) {
    if (map.get(keyOf(n)) === undefined) throw new Error(`entry ${n} is not there`)
  },
  set(n) {
    map.set(keyOf(n), value)
  },
}[operation]

const times = []
// The first turns warm up and are not told.
for (let i = -warmUp; i < Number(samples); i++) {
  const start = now()
  for (let n = 0; n < operations; n++) operate(n)
  if (i >= 0) times.push((now() - start) / operations)
}
print({ time: times })
bpf.close()
