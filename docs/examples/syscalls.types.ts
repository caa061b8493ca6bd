// Written by `ebpf types syscalls.bpf.o`: change the program, not this file.

/** `struct count`, 16 bytes. */
export interface Count {
  calls: bigint
  last: bigint
}

/** `section .rodata`, 4 bytes. */
export interface Rodata {
  process: number
}

/** `section .bss`, 8 bytes. */
export interface Bss {
  lost: bigint
}

/** What syscalls.bpf.o holds: `open<SyscallsObject>(path)` checks names and values by it. */
export interface SyscallsObject {
  programs: {
    on_sys_enter: 'raw_tp/sys_enter'
  }
  maps: {
    counts: { type: 'hash'; key: bigint; value: Count }
    'syscalls.rodata': { type: 'array'; key: number; value: Rodata }
    'syscalls.bss': { type: 'array'; key: number; value: Bss }
  }
  globals: {
    readonly process: number
    lost: bigint
  }
  types: {
    count: Count
  }
  decoding: Record<never, never>
}
