/** System call numbers on x86-64 and on arm64. */
const numbers = { prctl: [157, 167], bpf: [321, 280], perf_event_open: [298, 241], setns: [308, 268] } as const

const numberOf = (call: keyof typeof numbers) => numbers[call][process.arch === 'arm64' ? 1 : 0]

/**
 * A command to put in front of another: a seccomp filter then answers these system calls with that errno. It is in
 * Perl, which has the system call that Node lacks.
 */
export function filtered(errno: number, calls: readonly Exclude<keyof typeof numbers, 'prctl'>[]): string[] {
  // struct sock_filter: load the number; for each call: is it this one? then return the errno; return "allow".
  const tests = calls.map(
    (call) => `pack('SCCL', 0x15, 0, 1, ${numberOf(call)}) . pack('SCCL', 0x06, 0, 0, ${0x50000 | errno})`,
  )
  const program = ["pack('SCCL', 0x20, 0, 0, 0)", ...tests, "pack('SCCL', 0x06, 0, 0, 0x7fff0000)"].join(' . ')
  // PR_SET_NO_NEW_PRIVS; PR_SET_SECCOMP, SECCOMP_MODE_FILTER, struct sock_fprog
  const perl = `
    my $program = ${program};
    my $filter = pack 'S x6 P', length($program) / 8, $program;
    syscall(${numberOf('prctl')}, 38, 1, 0, 0, 0) == 0 or die $!;
    syscall(${numberOf('prctl')}, 22, 2, $filter, 0, 0) == 0 or die $!;
    exec @ARGV or die $!`
  return ['perl', '-e', perl]
}
