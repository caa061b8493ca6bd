import { type OptionNames, requireOptions } from '../../arguments.js'
import type { Link } from '../link.js'
import { type Attachable, attach } from './attach.js'
import { requireInside } from './kernel-function.js'

/** Options of `attachKprobe`. */
export interface KprobeOptions {
  /** The offset from the start of the function, in bytes. Default: 0. */
  readonly offset?: number
  /** The value that `bpf_get_attach_cookie` returns in the program. Linux 5.15. */
  readonly cookie?: bigint
}

/** Options of `attachKsyscall` and `attachKretsyscall`. */
export type KsyscallOptions = Omit<KprobeOptions, 'offset'>

/** The options as the addon reads them. */
type NativeKprobe = KprobeOptions & { readonly symbol: string; readonly retprobe?: boolean }
type NativeKsyscall = KsyscallOptions & { readonly syscall: string; readonly retprobe?: boolean }

const kprobeOptions: OptionNames<KprobeOptions> = { offset: true, cookie: true }
const ksyscallOptions: OptionNames<KsyscallOptions> = { cookie: true }

export function attachKprobe(program: Attachable, symbol: string, options: KprobeOptions): Link {
  const given = requireOptions(options, kprobeOptions)
  requireInside(program, symbol, given.offset ?? 0)
  return attach<NativeKprobe>(program, 'kprobe', { ...given, symbol }, { feature: 'kprobe' })
}

export function attachKretprobe(program: Attachable, symbol: string, options: Omit<KprobeOptions, 'offset'>): Link {
  const given = requireOptions(options, ksyscallOptions)
  return attach<NativeKprobe>(
    program,
    'kprobe',
    { ...given, symbol, retprobe: true },
    { feature: 'kprobe', name: 'kretprobe' },
  )
}

export function attachKsyscall(program: Attachable, syscall: string, options: KsyscallOptions): Link {
  return attach<NativeKsyscall>(
    program,
    'ksyscall',
    { ...requireOptions(options, ksyscallOptions), syscall },
    { feature: 'kprobe' },
  )
}

export function attachKretsyscall(program: Attachable, syscall: string, options: KsyscallOptions): Link {
  return attach<NativeKsyscall>(
    program,
    'ksyscall',
    { ...requireOptions(options, ksyscallOptions), syscall, retprobe: true },
    { feature: 'kprobe', name: 'kretsyscall' },
  )
}
