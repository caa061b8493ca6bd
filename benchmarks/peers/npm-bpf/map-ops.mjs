import { keyOf, value } from '../../lib/flow.mjs'
import { keyType, packageIn, valueType } from './bpf.mjs'
import { hold } from './holder.mjs'

/** map-ops FOLDER HOLDER OBJECT SAMPLES get|set: single entries of a hash of 65,536. */
const [folder, holder, object, samples, operation] = process.argv.slice(2)

const operations = 65_536
const { ConvMap, openMap } = packageIn(folder)
const { mapId, run, end } = await hold(holder, object, 'fill_hash', 'flows')
await run(operations)
const map = new ConvMap(openMap(mapId), keyType, valueType)

const operate = {
  get(n) {
    if (map.get(keyOf(n)) === undefined) throw new Error(`entry ${n} is not there`)
  },
  set(n) {
    map.set(keyOf(n), value)
  },
}[operation]

const times = []
// The first turns warm up and are not told, as for the other peers.
for (let i = -5; i < Number(samples); i++) {
  const start = performance.now()
  for (let n = 0; n < operations; n++) operate(n)
  if (i >= 0) times.push(((performance.now() - start) * 1e6) / operations)
}
console.log(JSON.stringify({ time: times }))
end()
