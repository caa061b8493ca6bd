import { caseName, metricsOf } from './compare.mjs'

/**
 * How the metrics of a series grow with the `size` of its contestants, in the upper half of the sizes, where what does not depend on
 * them hides it least: a figure for each whose median is the exponent, which is the slope of a line through the logarithms of both by
 * least squares, and whose `growth` is its name.
 */
export function growthOf(question, series, results) {
  if (!series.growth) return []
  return Object.keys(metricsOf(question, series)).flatMap((metric) => {
    const points = series.contestants.flatMap((contestant) => {
      const name = caseName(question, series, contestant, metric)
      const value = results.find((result) => result.case === name)?.median
      return value > 0 ? [[Math.log(contestant.size), Math.log(value)]] : []
    })
    if (points.length < 2) return []
    const upper = points.slice(-Math.max(2, Math.ceil(points.length / 2)))
    const exponent = Number(slope(upper).toFixed(2))
    return {
      case: caseName(question, series, { name: 'growth' }, metric),
      unit: 'exponent',
      ...{ median: exponent, p5: null, p95: null, peer: null, ratio: null },
      growth: nameOf(exponent),
    }
  })
}

function slope(points) {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [x, y] = [0, 1].map((axis) => mean(points.map((point) => point[axis])))
  const sum = (term) => points.reduce((total, point) => total + term(point), 0)
  return sum((point) => (point[0] - x) * (point[1] - y)) / sum((point) => (point[0] - x) ** 2)
}

const names = [
  [-0.15, 'falls'],
  [0.15, 'constant'],
  [0.85, 'less than linear'],
  [1.15, 'linear'],
  [Number.POSITIVE_INFINITY, 'more than linear'],
]

const nameOf = (exponent) => names.find(([most]) => exponent <= most)[1]
