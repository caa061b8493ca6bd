import type { NetworkNamespace } from './namespace.js'

type ProcNet = Pick<NetworkNamespace, 'readProcNet'>

/** Packets and bytes that an interface received and sent, from /proc/net/dev (proc(5)). */
export function interfaceCounts(netns: ProcNet, name: string): { packets: number; bytes: number } {
  const line = netns
    .readProcNet('dev')
    .split('\n')
    .map((text) => text.trim())
    .find((text) => text.startsWith(`${name}:`))
  if (!line) throw new Error(`/proc/net/dev has no interface ${name}`)
  const [rxBytes = 0, rxPackets = 0, , , , , , , txBytes = 0, txPackets = 0] = line
    .slice(name.length + 1)
    .trim()
    .split(/\s+/)
    .map(Number)
  return { packets: rxPackets + txPackets, bytes: rxBytes + txBytes }
}

/** `Tcp: RetransSegs` in /proc/net/snmp: segments that this namespace has retransmitted since it was created. */
export function retransSegs(netns: ProcNet): number {
  const [names = [], values = []] = netns
    .readProcNet('snmp')
    .split('\n')
    .filter((line) => line.startsWith('Tcp:'))
    .map((line) => line.split(' '))
  const value = Number(values[names.indexOf('RetransSegs')])
  if (!Number.isInteger(value)) throw new Error('/proc/net/snmp has no Tcp: RetransSegs')
  return value
}

// include/net/tcp_states.h: sockets in TIME_WAIT, CLOSE and LISTEN send nothing on their own.
const silentStates = new Set(['06', '07', '0A'])

/** Whether any TCP socket of the namespace may still send. */
export function hasActiveTcp(netns: ProcNet): boolean {
  return ['tcp', 'tcp6'].some((file) =>
    netns
      .readProcNet(file)
      .split('\n')
      .slice(1)
      .some((line) => line !== '' && !silentStates.has(line.trim().split(/\s+/)[3] ?? '')),
  )
}
