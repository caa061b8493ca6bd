import { attachIterator, type IteratorOptions } from '../link/attach/iterator.js'
import {
  attachKprobe,
  attachKretprobe,
  attachKretsyscall,
  attachKsyscall,
  type KprobeOptions,
  type KsyscallOptions,
} from '../link/attach/kprobe.js'
import {
  attachKprobeMulti,
  attachKprobeSession,
  attachKretprobeMulti,
  type KprobeMultiOptions,
} from '../link/attach/kprobe-multi.js'
import { attachPerfEvent, type PerfEventOptions } from '../link/attach/perf-event.js'
import {
  attachFreplace,
  attachLsm,
  attachTrace,
  type FreplaceOptions,
  type TraceOptions,
} from '../link/attach/trace.js'
import { attachRawTracepoint, attachTracepoint, type TracepointOptions } from '../link/attach/tracepoint.js'
import type { IteratorLink } from '../link/iterator-link.js'
import type { Link } from '../link/link.js'
import { UprobeProgram } from './uprobe.js'

/** Ways to attach to functions, tracepoints, hooks and objects of the kernel, and to perf events. */
export abstract class TracingProgram extends UprobeProgram {
  /** At the start of a kernel function. @throws {NotSupportedError} on a kernel without kprobes. */
  attachKprobe(symbol: string, options: KprobeOptions = {}): Link {
    return attachKprobe(this, symbol, options)
  }

  /** At the return of a kernel function. @throws {NotSupportedError} on a kernel without kprobes. */
  attachKretprobe(symbol: string, options: Omit<KprobeOptions, 'offset'> = {}): Link {
    return attachKretprobe(this, symbol, options)
  }

  /**
   * At the start of many kernel functions, by one link. Of `SEC("kprobe.multi")`.
   *
   * @throws {NotSupportedError} before Linux 5.18, on arm64 before 6.14, or without CONFIG_FPROBE.
   */
  attachKprobeMulti(options: KprobeMultiOptions): Link {
    return attachKprobeMulti(this, options)
  }

  /**
   * At the return of many kernel functions, by one link. Of `SEC("kretprobe.multi")` or `SEC("kprobe.multi")`.
   *
   * @throws {NotSupportedError} before Linux 5.18, on arm64 before 6.14, or without CONFIG_FPROBE.
   */
  attachKretprobeMulti(options: KprobeMultiOptions): Link {
    return attachKretprobeMulti(this, options)
  }

  /**
   * At the start and, where the program returned 0 there, at the return of many kernel functions. Of
   * `SEC("kprobe.session")`.
   *
   * @throws {NotSupportedError} before Linux 6.10, on arm64 before 6.14, or without CONFIG_FPROBE.
   */
  attachKprobeSession(options: KprobeMultiOptions): Link {
    return attachKprobeSession(this, options)
  }

  /**
   * At the start of a system call, by its name, `openat`: a kprobe on the function that this kernel has for it.
   *
   * @throws {NotSupportedError} on a kernel without kprobes.
   */
  attachKsyscall(syscall: string, options: KsyscallOptions = {}): Link {
    return attachKsyscall(this, syscall, options)
  }

  /** At the return of a system call, by its name. @throws {NotSupportedError} on a kernel without kprobes. */
  attachKretsyscall(syscall: string, options: KsyscallOptions = {}): Link {
    return attachKretsyscall(this, syscall, options)
  }

  /**
   * At an event of tracefs: `attachTracepoint('tcp', 'tcp_retransmit_skb')`.
   *
   * @throws {NotSupportedError} where tracefs is not mounted.
   * @throws {BpfError} ENOENT when it has no such event.
   */
  attachTracepoint(category: string, name: string, options: TracepointOptions = {}): Link {
    return attachTracepoint(this, category, name, options)
  }

  /**
   * At a tracepoint, with the kernel's own arguments: `attachRawTracepoint('sys_enter')`. It needs no tracefs.
   *
   * @throws {BpfError} ENOENT when the kernel has no such tracepoint.
   */
  attachRawTracepoint(name: string, options: TracepointOptions = {}): Link {
    return attachRawTracepoint(this, name, options)
  }

  /**
   * To what the program was loaded for: fentry, fexit, fmod_ret and fsession to a function, tp_btf to a tracepoint. `attach()` does so
   * too; a cookie can only be given here.
   *
   * @throws {NotSupportedError} before Linux 5.5, on arm64 of a function before 6.4, or without the kernel's BTF.
   */
  attachTrace(options: TraceOptions = {}): Link {
    return attachTrace(this, options)
  }

  /**
   * To the LSM hook that the program was loaded for. The kernel calls it only where `bpf` is one of the LSMs that it was
   * booted with (`/sys/kernel/security/lsm`).
   *
   * @throws {NotSupportedError} before Linux 5.7, on arm64 before 6.4.
   */
  attachLsm(): Link {
    return attachLsm(this)
  }

  /**
   * In place of a function of another program; without options of the one that it was loaded for (`OpenProgram.setAttachTarget`). Another
   * target of the same type can be given since Linux 5.10.
   *
   * @throws {NotSupportedError} before Linux 5.6, on arm64 before 6.0.
   */
  attachFreplace(options?: FreplaceOptions): Link {
    return attachFreplace(this, options)
  }

  /**
   * Runs the program when a perf event's counter overflows, which makes a sampling profiler:
   * `attachPerfEvent({ event: 'cpu-clock', frequency: 99, cpu: 0 })`. The link closes the event.
   *
   * @throws {TypeError} without a frequency or a period, or without a pid or a cpu.
   * @throws {RangeError} for an event that has no such name.
   * @throws {BpfError} ENOENT for a hardware event that the machine has not.
   */
  attachPerfEvent(options: PerfEventOptions): Link {
    return attachPerfEvent(this, options)
  }

  /**
   * Makes an iterator, which runs the program for each kernel object of a kind (`SEC("iter/task")`) whenever it is read.
   *
   * @throws {NotSupportedError} before Linux 5.8, with `pid`, `tid` or `cgroup` before 6.1.
   */
  attachIterator(options: IteratorOptions = {}): IteratorLink {
    return attachIterator(this, options)
  }
}
