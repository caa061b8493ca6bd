import { timesOf } from '../lib/map-ops.mjs'
import { load, print, run } from './subject.mjs'

/** map-ops OBJECT SAMPLES get|set: single entries of a hash of 65,536, keys and values objects. */
const [path, samples, operation] = process.argv.slice(2)

const bpf = load(path, ['fill_hash'])
run(bpf.program('fill_hash'), 65_536)
print({ time: timesOf(bpf.map('flows'), operation, Number(samples)) })
bpf.close()
