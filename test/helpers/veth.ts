import { once } from 'node:events'
import { NetworkNamespace } from '../../lib/cli/demo/namespace.js'
import type { Bytes } from './packets.js'
import { perlArguments } from './perl.js'

/** `left` and `right`, each in its own namespace. Without a link-local address, IPv6 sends nothing by itself. */
export interface VethPair {
  readonly left: NetworkNamespace
  readonly right: NetworkNamespace
  remove(): Promise<void>
}

export async function createVethPair(): Promise<VethPair> {
  const [left, right] = [await NetworkNamespace.create(), await NetworkNamespace.create()]
  const remove = async () => {
    await Promise.all([left.remove(), right.remove()])
  }
  try {
    left.ip(`link add left type veth peer name right netns ${right.pid}`)
    for (const [netns, name] of [[left, 'left'] as const, [right, 'right'] as const])
      netns.ip(`link set ${name} addrgenmode none mtu 9000`, `link set ${name} up`)
    return { left, right, remove }
  } catch (error) {
    await remove()
    throw error
  }
}

/** Runs a Perl program inside a namespace while this process continues; it decides itself which lines to print. */
export async function perlMeanwhile(netns: NetworkNamespace, program: string): Promise<void> {
  const child = netns.spawn('perl', perlArguments(program))
  child.stdout?.resume()
  const [status] = await once(child, 'exit')
  if (status !== 0) throw new Error(`perl ended with status ${status}`)
}

/**
 * Perl that defines `send_frame(FRAME)`, which sends a frame, or an L3 device's packet, unchanged and with that ether
 * type (packet(7)).
 */
export const frameSender = (interfaceName: string, type = 0x0800): string => `
  socket(my $packet, 17, SOCK_RAW, 0) or die "socket: $!";
  my $request = pack 'a40', '${interfaceName}';
  ioctl($packet, 0x8933, $request) or die "SIOCGIFINDEX: $!"; # <linux/sockios.h>
  my $to = pack 'S n l S C C a8', 17, ${type}, unpack('x16 l', $request), 0, 0, 6, '';
  sub send_frame { defined send($packet, $_[0], 0, $to) or die "send: $!" }
`

export const perlBytes = (bytes: Bytes): string => `pack('H*', '${Buffer.from(bytes).toString('hex')}')`
