import { featureOfSection } from '../../kernel/features.js'
import type { Link } from '../link.js'
import { attach } from './attach.js'
import { attachIterator, type Iterating } from './iterator.js'
import { attachesItself, sectionKind } from './sections.js'

export function attachSection(program: Iterating): Link {
  const plain = sectionKind(program.section)
  if (plain === 'iter') return attachIterator(program, {})
  // Without a target the kernel is not involved.
  const feature = attachesItself(program.section) ? featureOfSection(plain) : undefined
  return attach(program, 'section', {}, { name: program.section.split('/', 1)[0] ?? '', ...(feature && { feature }) })
}
