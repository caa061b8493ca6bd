import type { FeatureName } from '../features.js'
import type { Link } from '../link.js'
import { type Attachable, attach } from './attach.js'

/** What sections need of the kernel beyond what every supported one has. */
const features: Readonly<Record<string, FeatureName>> = {
  kprobe: 'kprobe',
  kretprobe: 'kprobe',
  tp: 'tracefs',
  tracepoint: 'tracefs',
}

export function attachSection(program: Attachable & { readonly section: string }): Link {
  const kind = program.section.split('/', 1)[0] ?? ''
  const feature = features[kind]
  return attach(program, 'section', {}, { name: kind, ...(feature && { feature }) })
}
