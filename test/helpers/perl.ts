import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
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

/** A Perl program that waits at each `pause`. */
export interface PerlSteps {
  /** Lets it run to its next `pause`, or its end, and returns what it said there. */
  next(): Promise<string>
  /** Ends it. */
  stop(): Promise<void>
}

/** Starts a Perl program inside a network namespace; it runs up to its first `pause 'TEXT'`, where what it made stays as it is. */
export async function perlInSteps(netns: NetworkNamespace, program: string): Promise<PerlSteps> {
  const pause = `$| = 1; sub pause { print $_[0] // '', "\\n"; <STDIN> // exit 0 }`
  const child = netns.spawn('perl', ['-MSocket', '-e', `${pause} ${program}`])
  const ended = once(child, 'exit')
  const lines = createInterface(child.stdout as NodeJS.ReadableStream)[Symbol.asyncIterator]()
  const said = async () => {
    const { done, value } = await lines.next()
    if (!done) return value
    const [status] = await ended
    if (status !== 0) throw new Error(`perl ended with status ${status}`)
    return ''
  }
  await said()
  return {
    next() {
      child.stdin?.write('\n')
      return said()
    },
    async stop() {
      child.stdin?.end()
      await ended
    },
  }
}
