import { type FeatureName, featureOf, needsOf } from '../../kernel/features.js'
import { type AttachKind, featureOfAttachKind, hasAttach, hasMapType } from '../../kernel/probe.js'
import { answered, type Check } from './check.js'

const attachKinds = Object.entries(featureOfAttachKind) as [AttachKind, FeatureName][]
/** Map types that not every supported kernel has. */
const mapTypes = ['ringbuf', 'user_ringbuf', 'bloom_filter', 'cgrp_storage', 'arena'] as const

/** What this kernel supports; nothing that ships with this package needs an unsupported feature. */
export function featureChecks(): Check[] {
  return [
    ...attachKinds.map(([kind, feature]) => check('attach', kind, feature, () => hasAttach(kind))),
    ...mapTypes.map((type) => check('types', `${type} maps`, type, () => hasMapType(type))),
  ]
}

function check(area: Check['area'], name: string, feature: FeatureName, ask: () => boolean): Check {
  const works = answered(ask)
  if (typeof works === 'string') return { area, name, state: 'unknown', found: works }
  if (works) return { area, name, state: 'ok', found: 'works' }
  return {
    area,
    name,
    state: 'degraded',
    found: 'no',
    advice: `${needsOf(feature)}; use ${featureOf(feature).instead}`,
  }
}
