import { spawnSync } from 'node:child_process'
import type { NetworkNamespace } from '../../lib/cli/demo/namespace.js'

/**
 * Runs a Perl program inside a network namespace, after the shell commands `before`, and returns what it printed. Perl has the
 * system calls that Node has not, and starts fast on an emulated machine too.
 */
export function perl(netns: NetworkNamespace, program: string, before = ':'): string {
  const shell = ['sh', '-euc', `${before}; exec "$@"`, 'sh', 'perl', '-MSocket', '-e', program]
  const { status, stdout, stderr } = spawnSync('nsenter', [`--net=${netns.path}`, ...shell], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`perl ended with status ${status}: ${stderr}`)
  return stdout
}

/** Sends a datagram to port 9 of an IPv4 address, where nobody listens; from any port, unless it is said from which. */
export function sendDatagram(netns: NetworkNamespace, address: string, port = 0): void {
  perl(
    netns,
    `socket my $s, AF_INET, SOCK_DGRAM, 0 or die $!;
     bind $s, sockaddr_in(${port}, INADDR_ANY) or die $!;
     send $s, 'ebpf', 0, sockaddr_in(9, inet_aton '${address}') or die $!`,
  )
}
