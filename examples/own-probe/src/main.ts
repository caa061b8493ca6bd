import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { open } from 'ebpf'
import type { ProbeObject } from './probe.types.js'

const { values } = parseArgs({
  options: {
    /** Only what this process executes. */
    parent: { type: 'string', default: '0' },
  },
})

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())

const file = fileURLToPath(new URL('../probe.bpf.o', import.meta.url))
const object = open<ProbeObject>(file, { decode: { charArrays: 'string' } })
object.globals.parent_only = Number(values.parent)
using bpf = await object.load()
using execs = bpf.ringbuf('execs', { type: 'exec' })
using _link = bpf.program('on_exec').attach()
console.log('watching')

for await (const { pid, parent, uid, command, file } of execs.records({ signal: stop.signal })) {
  console.log(`${parent} executed ${file} (${command}) as process ${pid} of user ${uid}`)
}

for (const [uid, count] of bpf.map('by_user')) console.log(`user ${uid}: ${count}`)
console.log(`lost: ${bpf.globals.lost}`)
