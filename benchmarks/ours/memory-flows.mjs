import { FlowMonitor } from 'ebpf/flows'
import { mapMemory } from './descriptors.mjs'
import { packets } from './packets.mjs'
import { load, print } from './subject.mjs'

/** memory-flows COUNT: what a monitor with room for so many flows takes of the kernel, and a snapshot of as many of this process. */
const [count] = process.argv.slice(2)
const flows = Number(count)

const mebibytes = (bytes) => bytes / 2 ** 20
const object = load('benchmarks/program.bpf.o', ['renumber'])
const before = mapMemory()
const monitor = await FlowMonitor.open({ interfaces: ['lo'], maxEntries: flows })
const kernel = mapMemory() - before
object.globals.flows = flows
object.map('measured').set(0, monitor.object.program('flow_ingress'))
object.program('renumber').run({ data: packets.tcp4, repeat: flows })
globalThis.gc()
const [heap, resident] = [process.memoryUsage().heapUsed, process.memoryUsage.rss()]
const snapshot = await monitor.snapshot()
globalThis.gc()
const { heapUsed, rss } = process.memoryUsage()
if (snapshot.flows.length !== flows) throw new Error(`${snapshot.flows.length} of ${flows} flows`)
print({ memory: [mebibytes(rss - resident)], heap: [mebibytes(heapUsed - heap)], kernel: [mebibytes(kernel)] })
monitor.close()
object.close()
