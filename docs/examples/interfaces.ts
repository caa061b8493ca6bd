import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { networkInterfaces, watchInterfaces } from 'ebpf/net'

// A network namespace of its own, which ends with `cat`: nothing of the machine is touched.
const owner = spawn('unshare', ['--net', 'sh', '-c', 'echo ready; exec cat'], { stdio: ['pipe', 'pipe', 'inherit'] })
await once(owner.stdout, 'data')
const netns = `/proc/${owner.pid}/ns/net`
const ip = (command: string) => execFileSync('nsenter', [`--net=${netns}`, 'ip', ...command.split(' ')])

ip('link add web0 type veth peer name db0')
for (const { name, kind, link, mtu, statistics } of networkInterfaces({ netns })) {
  console.log(name, kind ?? 'no kind', `link ${link?.index ?? 'none'}`, mtu, `${statistics?.rxBytes} bytes received`)
}

setTimeout(() => ip('link add web1 type bridge'), 50)
for await (const { added, removed, gone } of watchInterfaces({ netns, interfaces: ['web*', '!*9'] })) {
  for (const { name } of added) console.log('added', name)
  for (const { name, statistics } of removed) console.log(`removed ${name}, sent ${statistics?.txPackets ?? 'unknown'}`)
  if (added.some(({ name }) => name === 'web1')) ip('link delete web1')
  if (removed.length > 0) owner.stdin.end() // and with it the namespace, which ends the loop
  if (gone) console.log('the namespace is gone')
}
