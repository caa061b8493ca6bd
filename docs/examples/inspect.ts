import { statSync } from 'node:fs'
import { listLinks, listMaps, listPrograms, open } from 'ebpf'
import { btfById, enableStats } from 'ebpf/kernel'

const object = open('syscalls.bpf.o')
object.globals.process = process.pid
using bpf = await object.load()
using _links = bpf.attach()

{
  using _stats = enableStats()
  for (let i = 0; i < 1000; i++) statSync('.')
} // the kernel no longer measures

const program = bpf.program('on_sys_enter').info()
const mean = program.runTime / program.runCount
console.log(`${program.type} ${program.name}: ${program.runCount} runs of ${mean} ns, loaded ${program.loadedAt}`)
console.log(`${program.verifiedInstructions} instructions verified, ${program.jitedSize} bytes of machine code`)

// Whoever loaded them: here we keep to what belongs to our program.
for (const { id, type, name, maxEntries } of listMaps()) {
  if (program.mapIds.includes(id)) console.log(`map ${id}: ${type} ${name}, ${maxEntries} entries`)
}
for (const link of listLinks()) {
  if (link.programId !== program.id) continue
  // What else a link tells depends on its kind.
  console.log(`link ${link.id}: ${link.kind} ${link.kind === 'raw_tracepoint' ? link.tracepoint : ''}`)
}
const types = btfById(program.btfId)
const count = types.findByName('count', 'STRUCT')
if (count) console.log(`struct count: ${types.sizeOf(count.id)} bytes`)
console.log(`${[...listPrograms()].length} programs on this machine`)
