import { attachUprobe, attachUretprobe, type UprobeOptions, type UretprobeOptions } from '../link/attach/uprobe.js'
import {
  attachUprobeMulti,
  attachUprobeSession,
  attachUretprobeMulti,
  type UprobeMultiOptions,
} from '../link/attach/uprobe-multi.js'
import { attachUsdt, type UsdtOptions } from '../link/attach/usdt.js'
import type { Link } from '../link/link.js'
import type { Path } from '../path.js'
import { ProgramHandle } from './handle.js'

/** Ways to attach to programs and libraries of user space. */
export abstract class UprobeProgram extends ProgramHandle {
  /**
   * At a function of a program or a library: `attachUprobe('libc.so.6', { symbol: 'malloc' })`.
   *
   * @param path A path; a process in a container has its files below `/proc/PID/root`. A bare name is looked for: a library
   * in LD_LIBRARY_PATH, /usr/lib64, /usr/lib and Debian's directory for the architecture, a program in PATH, /usr/bin and
   * /usr/sbin.
   * @throws {NotSupportedError} on a kernel without uprobes (Linux 4.17, CONFIG_UPROBE_EVENTS).
   */
  attachUprobe(path: Path, options: UprobeOptions): Link {
    return attachUprobe(this, path, options)
  }

  /**
   * At the return of a function of a program or a library; `path` as of `attachUprobe`.
   *
   * @throws {NotSupportedError} on a kernel without uprobes (Linux 4.17, CONFIG_UPROBE_EVENTS).
   */
  attachUretprobe(path: Path, options: UretprobeOptions): Link {
    return attachUretprobe(this, path, options)
  }

  /**
   * At many functions of a program or a library, by one link; `path` as of `attachUprobe`. Of `SEC("uprobe.multi")`.
   *
   * @throws {NotSupportedError} before Linux 6.6.
   */
  attachUprobeMulti(path: Path, options: UprobeMultiOptions): Link {
    return attachUprobeMulti(this, path, options)
  }

  /**
   * At the return of many functions of a program or a library, by one link; `path` as of `attachUprobe`. Of
   * `SEC("uretprobe.multi")` or `SEC("uprobe.multi")`.
   *
   * @throws {NotSupportedError} before Linux 6.6.
   */
  attachUretprobeMulti(path: Path, options: UprobeMultiOptions): Link {
    return attachUretprobeMulti(this, path, options)
  }

  /**
   * At the start of many functions of a program or a library and, where the program returned 0 there, at their return, by one link;
   * `path` as of `attachUprobe`. Of `SEC("uprobe.session")`.
   *
   * @throws {NotSupportedError} before Linux 6.13.
   */
  attachUprobeSession(path: Path, options: UprobeMultiOptions): Link {
    return attachUprobeSession(this, path, options)
  }

  /**
   * At a statically defined tracepoint of a program or a library; `path` as of `attachUprobe`. Its arguments are read by
   * `bpf_usdt_arg` of libbpf's usdt.bpf.h. The object stays in memory, though closed, until the link is.
   *
   * @throws {NotSupportedError} on a kernel without uprobes (Linux 4.17, CONFIG_UPROBE_EVENTS).
   * @throws {BpfError} ENOENT when the file has no such probe; ENOTSUP when BPF cannot read one of its arguments, such as one in
   * a vector register, or when the kernel cannot count in its semaphore, as it cannot for processes that start later if the program is
   * linked by lld or mold: then `pid` may help.
   */
  attachUsdt(path: Path, provider: string, name: string, options: UsdtOptions = {}): Link {
    return attachUsdt(this, path, provider, name, options)
  }
}
