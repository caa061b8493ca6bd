import { execFileSync } from 'node:child_process'
import { machine } from 'node:os'

/** clang compiles the probe; libbpf's headers are in the package. The variable CLANG names another clang. */
const flags = [
  '-g', // the types, for CO-RE and for decoding
  '-O2',
  '--target=bpf',
  '-mcpu=v3',
  '-isystem',
  'node_modules/ebpf/libbpf/include',
  // Where Debian and Ubuntu keep asm/types.h, which <linux/bpf.h> includes (package linux-libc-dev).
  '-idirafter',
  `/usr/include/${machine()}-linux-gnu`,
  '-Wall',
]
execFileSync(process.env.CLANG ?? 'clang', [...flags, '-c', 'probe.bpf.c', '-o', 'probe.bpf.o'], { stdio: 'inherit' })
