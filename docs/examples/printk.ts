import { open, tracePipe } from 'ebpf'

using bpf = await open('printk.bpf.o').load()
const running = setInterval(() => bpf.program('print_length').run({ data: new Uint8Array(100) }), 50)

for await (const { pid, cpu, timestamp, message } of tracePipe({ signal: AbortSignal.timeout(5000) })) {
  if (pid !== process.pid) continue // the pipe is the whole machine's
  console.log(`CPU ${cpu}, ${timestamp} s: ${message}`)
  break
}
clearInterval(running)
