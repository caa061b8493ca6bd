import { availableParallelism } from 'node:os'
import { ours } from './lib/contestant.mjs'
import { liveReaders } from './lib/live.mjs'
import { isolated } from './lib/namespace.mjs'

/** What a cost depends on, and how: the same with more and more of something. */
export const question = {
  name: 'scale',
  title: 'How costs grow',
  rounds: 3,
  metrics: {},
  series: ({ peers, quick }) => [flows(quick), records(peers, quick), interfaces(quick), ...processors(quick)],
}

const series = (name, metrics, sizes, command) => ({
  name,
  metrics,
  growth: true,
  contestants: sizes.map((size) => ({ name: String(size), size, command: command(size) })),
})

const flows = (quick) =>
  series(
    'flows',
    { time: { unit: 'ns/packet' }, snapshot: { unit: 'ms' } },
    quick ? [100, 10_000] : [100, 1000, 10_000, 100_000, 1_000_000],
    (size) => isolated(ours('flow-program', 'tcp4', quick ? 2 : 7, JSON.stringify({ flows: size, maxEntries: size }))),
  )

const records = (peers, quick) =>
  series(
    'records a second',
    { busy: { unit: '% of a processor' }, cpu: { unit: 'ns of CPU/record' }, lost: { unit: '%' } },
    quick ? [10_000, 100_000] : [1000, 10_000, 100_000, 1_000_000, 5_000_000],
    (rate) => liveReaders(peers, 'emit_event', { records: quick ? rate / 5 : rate, rate }).ours,
  )

const interfaces = (quick) =>
  series(
    'interfaces',
    { start: { unit: 'ms' }, stop: { unit: 'ms' }, time: { unit: 'ns/run' } },
    quick ? [1, 16] : [1, 4, 16, 64],
    (size) => isolated(ours('interfaces', size, quick ? 1 : 3)),
  )

/** 1, 2, 4 … as far as there are, and all of them. */
function processors(quick) {
  const most = availableParallelism()
  const powers = Array.from({ length: Math.floor(Math.log2(most)) + 1 }, (_, i) => 2 ** i)
  const sizes = [...new Set([...powers, most])]
  return ['one', 'each'].map((kind) =>
    series(
      kind === 'one' ? 'processors, one flow' : 'processors, a flow each',
      { time: { unit: 'ns/run' } },
      quick ? [most] : sizes,
      (size) => isolated(ours('processors', size, kind, quick ? 2 : 7)),
    ),
  )
}
