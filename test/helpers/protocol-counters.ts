import type { NetworkNamespace } from '../../lib/cli/demo/namespace.js'

/**
 * A counter of /proc/net/snmp or /proc/net/netstat since the namespace was created: `Tcp: OutRsts`, `TcpExt:
 * TCPSynRetrans`.
 */
export function protocolCounter(netns: NetworkNamespace, counter: `${string}: ${string}`): number {
  const [protocol, name = ''] = counter.split(': ')
  const [names = [], values = []] = ['snmp', 'netstat']
    .flatMap((file) => netns.readProcNet(file).split('\n'))
    .filter((line) => line.startsWith(`${protocol}:`))
    .map((line) => line.split(' '))
  const value = Number(values[names.indexOf(name)])
  if (!Number.isInteger(value)) throw new Error(`the kernel has no counter ${counter}`)
  return value
}
