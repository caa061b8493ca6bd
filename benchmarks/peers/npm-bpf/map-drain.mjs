import { keyType, packageIn, valueType } from './bpf.mjs'
import { hold } from './holder.mjs'

/**
 * map-drain FOLDER HOLDER OBJECT hash ENTRIES SAMPLES read|drain: a whole map, decoded; read by batches of 4096, and drained entry by
 * entry, since there are no batches for that.
 */
const [folder, holder, object, , size, samples, level] = process.argv.slice(2)

const entries = Number(size)
const { ConvMap, openMap } = packageIn(folder)
const { mapId, run, end } = await hold(holder, object, 'fill_hash', 'flows', size)
const map = new ConvMap(openMap(mapId), keyType, valueType)
const flows = new Array(entries)

function read() {
  let total = 0
  for (const batch of map.getBatch(4096)) for (const flow of batch) flows[total++] = flow
  return total
}

function drain() {
  let total = 0
  for (const flow of map.consumeEntries()) flows[total++] = flow
  return total
}

const walk = level === 'drain' ? drain : read
const times = []
// The first turns warm up and are not told, as for the other peers.
const first = -Math.max(5, Math.ceil(200_000 / entries))
for (let i = first; i < Number(samples); i++) {
  if (i === first || level === 'drain') await run(entries)
  const start = performance.now()
  const total = walk()
  const time = (performance.now() - start) * 1e6
  if (total !== entries) throw new Error(`${total} of ${entries} entries`)
  if (i >= 0) times.push(time / total)
}
console.log(JSON.stringify({ time: times }))
end()
