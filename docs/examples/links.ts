import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type Link, open, openLink, programInfo, queryPrograms } from 'ebpf'

// A network namespace of its own, which ends with `cat`: nothing of the machine is touched.
const owner = spawn('unshare', ['--net', 'sh', '-c', 'echo ready; exec cat'], { stdio: ['pipe', 'pipe', 'inherit'] })
await once(owner.stdout, 'data')
const loopback = { interface: 'lo', netns: `/proc/${owner.pid}/ns/net` }
const path = `/sys/fs/bpf/count-${process.pid}`

function print(what: string): void {
  const { programs } = queryPrograms({ ...loopback, attachType: 'tcx_ingress' })
  console.log(`${what}: ${programs.map(({ id }) => programInfo(id).name).join(', ') || 'nothing'}`)
}

using bpf = await open('count.bpf.o').load()
const attach = (name: string, before?: Link) =>
  bpf.program(name).attachTcx({ ...loopback, direction: 'ingress', ...(before && { before }) })

{
  using link = attach('count_packets')
  link.pin(path)
} // the handle is closed, the file keeps the link
print('pinned')

{
  using count = openLink({ path })
  using _first = attach('pass', count)
  print('in order')

  count.update(bpf.program('count_bytes')) // no packet passes uncounted
  print('updated')
  count.unpin()
} // nobody holds the links any more
print('closed')
owner.stdin.end()
