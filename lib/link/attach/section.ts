import type { FeatureName } from '../../kernel/features.js'
import type { Link } from '../link.js'
import { attach } from './attach.js'
import { attachIterator, type Iterating } from './iterator.js'

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
  'uprobe.session': 'uprobe_session',
  tp: 'tracefs',
  tracepoint: 'tracefs',
  tp_btf: 'tp_btf',
  fentry: 'trace',
  fexit: 'trace',
  fmod_ret: 'trace',
  fsession: 'trace_session',
  lsm: 'lsm',
  freplace: 'freplace',
}

export function attachSection(program: Iterating): Link {
  const kind = kindOf(program.section)
  // A sleepable program attaches as the other does.
  const plain = kind.replace(/\.s$/, '')
  if (plain === 'iter') return attachIterator(program, {})
  // Without a target the kernel is not asked.
  const feature = attachesItself(program.section) ? features[plain] : undefined
  return attach(program, 'section', {}, { name: kind, ...(feature && { feature }) })
}

// By section_defs and the attach_* functions of libbpf.c.
const attachedByType = new Set(['tp_btf', 'fentry', 'fexit', 'fmod_ret', 'fsession', 'freplace', 'lsm', 'iter'])
const attachedByTarget = new Set([
  ...['kprobe', 'kretprobe', 'ksyscall', 'kretsyscall', 'kprobe.multi', 'kretprobe.multi', 'kprobe.session'],
  ...['uprobe', 'uretprobe', 'uprobe.multi', 'uretprobe.multi', 'uprobe.session', 'usdt'],
  ...['tp', 'tracepoint', 'raw_tp', 'raw_tracepoint', 'raw_tp.w', 'raw_tracepoint.w'],
])

/** Whether libbpf attaches a program by its section alone. */
export function attachesItself(section: string): boolean {
  const kind = kindOf(section).replace(/\.s$/, '')
  return attachedByType.has(kind) || (attachedByTarget.has(kind) && section.includes('/'))
}

const kindOf = (section: string) => section.split('/', 1)[0] ?? ''
