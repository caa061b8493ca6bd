import { samplesOf } from './contestant.mjs'
import { median, quantile } from './statistics.mjs'

/**
 * Measures the contestants of a series one after another, each in a fresh process, as many times over as there are rounds, so
 * that what disturbs the machine disturbs them all. The first is the baseline. Resolves to a result for each contestant and
 * metric: `{ case, unit, median, p5, p95, peer, ratio }` for each peer that it is compared with, the ratio being the median of
 * those within a round; with `more` where more is better.
 */
export async function compare(question, series, rounds, onRun = () => {}) {
  const measured = series.contestants.map((contestant) => ({ contestant, rounds: [] }))
  for (let round = 0; round < rounds; round++) {
    for (const { contestant, rounds: done } of measured) {
      onRun(contestant, round)
      done.push(await samplesOf(contestant.command, question))
    }
  }
  const peers = measured.filter(({ contestant }) => contestant.peer)
  return measured.flatMap((entry) =>
    Object.entries(metricsOf(question, series)).flatMap((metric) => results(question, series, entry, peers, metric)),
  )
}

/** What is measured: of a series, where it is not the same for all. */
export const metricsOf = (question, series) => series.metrics ?? question.metrics

export const caseName = (question, series, contestant, metric) =>
  [question.name, series.name, contestant.name, ...(metric === 'time' ? [] : [metric])].join('/')

function results(question, series, { contestant, rounds }, peers, [metric, { unit, more }]) {
  const values = rounds.flatMap((round) => round[metric] ?? [])
  if (values.length === 0) return []
  const figures = {
    case: caseName(question, series, contestant, metric),
    unit,
    median: round(median(values)),
    p5: round(quantile(values, 0.05)),
    p95: round(quantile(values, 0.95)),
    ...(more && { more }),
  }
  const rivals = contestant.peer ? peers.slice(0, 1) : peers
  const against = rivals.filter(
    (rival) => rival.contestant !== contestant && rival.rounds.every((samples) => samples[metric]),
  )
  const limit = contestant.limits?.[metric]
  if (limit !== undefined) figures.limit = limit
  if (against.length === 0) return [{ ...figures, peer: null, ratio: null }]
  return against.map((rival) => {
    const ratios = rounds.map((samples, i) => median(samples[metric]) / median(rival.rounds[i][metric]))
    const target = contestant.targets?.[metric]?.[rival.contestant.name]
    const ratio = round(median(ratios.filter(Number.isFinite)))
    return { ...figures, peer: rival.contestant.name, ratio, ...(target !== undefined && { target }) }
  })
}

/** Four digits: more is noise. */
const round = (value) => (Number.isFinite(value) ? Number(value.toPrecision(4)) : null)
