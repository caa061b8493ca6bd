import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { NetworkNamespace } from '../../lib/cli/demo/namespace.js'

/**
 * The parts of Perl's module Socket that the programs need: on an emulated machine, the module takes four times as long
 * to load as Perl itself. The numbers are those of Linux on x86-64 and arm64.
 */
const sockets = `
  sub AF_UNIX() { 1 } sub AF_INET() { 2 } sub AF_INET6() { 10 }
  sub SOCK_STREAM() { 1 } sub SOCK_DGRAM() { 2 } sub SOCK_RAW() { 3 } sub SOCK_NONBLOCK() { 04000 }
  sub SOL_SOCKET() { 1 } sub SO_REUSEADDR() { 2 } sub SO_KEEPALIVE() { 9 } sub SO_LINGER() { 13 } sub SO_REUSEPORT() { 15 }
  sub INADDR_ANY() { pack 'C4', 0, 0, 0, 0 } sub INADDR_LOOPBACK() { pack 'C4', 127, 0, 0, 1 }
  sub inet_aton($) { pack 'C4', split /[.]/, $_[0] }
  sub sockaddr_in($$) { pack 'S n a4 x8', AF_INET, @_ }
  sub sockaddr_in6($$) { pack 'S n x4 a16 x4', AF_INET6, @_ }
  sub sockaddr_un($) { pack 'S a108', AF_UNIX, @_ }
`

/** Arguments of perl(1) for a program that uses sockets. */
export const perlArguments = (program: string): string[] => ['-e', `${sockets} ${program}`]

/**
 * Runs a Perl program inside a network namespace, after the shell commands `before`, and returns what it printed. Perl
 * has the system calls that Node lacks, and starts fast even on an emulated machine.
 */
export function perl(netns: NetworkNamespace, program: string, before = ':'): string {
  const shell = ['sh', '-euc', `${before}; exec "$@"`, 'sh', 'perl', ...perlArguments(program)]
  const { status, stdout, stderr } = spawnSync('nsenter', [`--net=${netns.path}`, ...shell], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`perl ended with status ${status}: ${stderr}`)
  return stdout
}

/** Sends a datagram to port 9 of an IPv4 address, where nobody listens; from any port unless one is given. */
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

/**
 * Starts a Perl program inside a network namespace. It runs up to its first `pause 'TEXT'`, where everything it made
 * stays as it is.
 */
export async function perlInSteps(netns: NetworkNamespace, program: string): Promise<PerlSteps> {
  const pause = `$| = 1; sub pause { print $_[0] // '', "\\n"; <STDIN> // exit 0 }`
  const child = netns.spawn('perl', perlArguments(`${pause} ${program}`))
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
