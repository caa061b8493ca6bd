import type { FeatureName } from '../features.js'
import type { Link } from '../link.js'
import { type Attachable, attach } from './attach.js'

/** What sections need of the kernel beyond what every supported one has. */
const features: Readonly<Record<string, FeatureName>> = {
  kprobe: 'kprobe',
  kretprobe: 'kprobe',
  ksyscall: 'kprobe',
  kretsyscall: 'kprobe',
  'kprobe.multi': 'kprobe_multi',
  'kretprobe.multi': 'kprobe_multi',
  'kprobe.session': 'kprobe_session',
  uprobe: 'uprobe',
  uretprobe: 'uprobe',
  usdt: 'uprobe',
  'uprobe.multi': 'uprobe_multi',
  'uretprobe.multi': 'uprobe_multi',
  tp: 'tracefs',
  tracepoint: 'tracefs',
  tp_btf: 'trace',
  fentry: 'trace',
  fexit: 'trace',
  fmod_ret: 'trace',
  lsm: 'lsm',
  freplace: 'freplace',
  iter: 'iter',
}

export function attachSection(program: Attachable & { readonly section: string }): Link {
  const kind = kindOf(program.section)
  // A sleepable program attaches as the other does.
  const feature = features[kind.replace(/\.s$/, '')]
  return attach(program, 'section', {}, { name: kind, ...(feature && { feature }) })
}

/** Attached wherever they are loaded; the others only where the section has a target. */
const targeted = new Set(['tp_btf', 'fentry', 'fexit', 'fmod_ret', 'freplace', 'lsm', 'iter'])
const targetable = new Set([...Object.keys(features), 'raw_tp', 'raw_tracepoint', 'raw_tp.w', 'raw_tracepoint.w'])

/** Whether libbpf attaches a program by its section alone: by section_defs and the attach_* functions of libbpf.c. */
export function attachesItself(section: string): boolean {
  const kind = kindOf(section)
  const plain = targetable.has(kind) ? kind : kind.replace(/\.s$/, '')
  return targeted.has(plain) || (targetable.has(plain) && section.includes('/'))
}

const kindOf = (section: string) => section.split('/', 1)[0] ?? ''
