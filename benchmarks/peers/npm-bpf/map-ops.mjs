import { timesOf } from '../../lib/map-ops.mjs'
import { keyType, packageIn, valueType } from './bpf.mjs'
import { hold } from './holder.mjs'

/** map-ops FOLDER HOLDER OBJECT SAMPLES get|set: single entries of a hash of 65,536. */
const [folder, holder, object, samples, operation] = process.argv.slice(2)

const { ConvMap, openMap } = packageIn(folder)
const { mapId, run, end } = await hold(holder, object, 'fill_hash', 'flows')
await run(65_536)
const map = new ConvMap(openMap(mapId), keyType, valueType)
console.log(JSON.stringify({ time: timesOf(map, operation, Number(samples)) }))
end()
