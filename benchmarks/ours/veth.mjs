import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'

/**
 * bench0 here, bench1 in a namespace of its own: 10.99.0.1 and 10.99.0.2. `serve` starts a command there and resolves when it has said
 * something. However this process ends, its ends of the pipes close, and with them what runs there.
 */
export async function vethPair() {
  const holder = spawn('unshare', ['--net', 'sh', '-c', 'ip link set lo up; echo ready; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  await once(holder.stdout, 'data')
  const netns = `/proc/${holder.pid}/ns/net`
  const inPeer = (...command) => ['nsenter', [`--net=${netns}`, ...command]]
  const ip = (lines, [command, args] = ['ip', ['-batch', '-']]) =>
    execFileSync(command, args, { input: lines.join('\n'), stdio: ['pipe', 'ignore', 'inherit'] })
  const up = (name, address) => [`address add ${address}/24 dev ${name}`, `link set ${name} up`]
  ip([`link add bench0 type veth peer name bench1 netns ${holder.pid}`, ...up('bench0', '10.99.0.1')])
  ip(up('bench1', '10.99.0.2'), inPeer('ip', '-batch', '-'))
  const running = [holder]
  return {
    netns,
    async serve(...command) {
      const server = spawn(...inPeer('sh', '-c', '"$@" & cat >/dev/null; kill $!', 'sh', ...command), {
        stdio: ['pipe', 'pipe', 'inherit'],
      })
      running.push(server)
      await once(server.stdout, 'data')
      server.stdout.resume()
    },
    remove() {
      for (const child of running) child.stdin.end()
    },
  }
}
