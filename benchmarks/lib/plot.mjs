import { caseName } from './compare.mjs'

const rowHeight = 18
const labelWidth = 190
const chartWidth = 570
const margin = 110

/**
 * An SVG of bars, a group for each series that has a baseline: what each contestant takes, on a logarithmic scale on which the line is
 * the baseline. Left of it is less. A dashed line is a target. Undefined where nothing has a baseline.
 */
export function plot(question, measured) {
  const groups = measured.flatMap(({ series, figures }) => groupOf(question, series, figures) ?? [])
  if (groups.length === 0) return undefined
  const ratios = groups.flatMap(({ bars }) => bars.map(({ ratio }) => ratio))
  const low = Math.log10(Math.min(0.9, ...ratios))
  const high = Math.log10(Math.max(1.1, ...ratios))
  const x = (ratio) => labelWidth + margin + ((Math.log10(ratio) - low) / (high - low)) * (chartWidth - 2 * margin)
  const rows = groups.flatMap(({ title, bars }) => [{ title }, ...bars])
  const height = rows.length * rowHeight + 20
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${labelWidth + chartWidth}" height="${height}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="white"/>
<line x1="${x(1)}" y1="8" x2="${x(1)}" y2="${height - 8}" stroke="#bbb"/>
${rows.map((row, i) => (row.title ? heading(row.title, i) : bar(row, i, x))).join('\n')}
</svg>
`
}

function groupOf(question, series, figures) {
  const metric = question.plotted ?? 'time'
  const [baseline] = series.contestants
  const ofContestant = (contestant) => {
    const name = caseName(question, series, contestant, metric)
    return figures.filter((figure) => figure.case === name)
  }
  const [base] = ofContestant(baseline)
  if (!baseline.peer || !(base?.median > 0)) return undefined
  const bars = series.contestants.flatMap((contestant) => {
    const [figure, ...others] = ofContestant(contestant)
    if (!(figure?.median > 0)) return []
    const targets = [figure, ...others].filter(({ target }) => target !== undefined)
    return {
      name: contestant.name,
      text: `${Number(figure.median.toPrecision(3)).toLocaleString('en')} ${figure.unit}`,
      ratio: figure.median / base.median,
      color: contestant.peer ? '#9aa5b1' : colorOf(targets),
      // Each is of a ratio to its own peer, which was measured in the same rounds.
      marks: targets.map(({ target, ratio }) => ((figure.median / base.median) * target) / ratio),
    }
  })
  return { title: series.name, bars }
}

function colorOf(targets) {
  if (targets.length === 0) return '#4a78b5'
  return targets.every(({ ratio, target }) => ratio <= target) ? '#3a9d5d' : '#d98032'
}

const top = (i) => 10 + i * rowHeight
const heading = (title, i) => `<text x="8" y="${top(i) + 13}" font-weight="bold">${escaped(title)}</text>`

function bar({ name, text, ratio, color, marks }, i, x) {
  const y = top(i)
  const [left, right] = [Math.min(x(1), x(ratio)), Math.max(x(1), x(ratio))]
  const dashes = marks.map(
    (mark) => `<line x1="${x(mark)}" y1="${y}" x2="${x(mark)}" y2="${y + 16}" stroke="#b00" stroke-dasharray="2 2"/>`,
  )
  const [at, anchor] = ratio < 1 ? [left - 4, 'end'] : [Math.max(right, ...marks.map(x)) + 4, 'start']
  return `<text x="${labelWidth - 8}" y="${y + 12}" text-anchor="end">${escaped(name)}</text>
<rect x="${left}" y="${y + 2}" width="${Math.max(2, right - left)}" height="12" fill="${color}"/>${dashes.join('')}
<text x="${at}" y="${y + 12}" text-anchor="${anchor}">${escaped(text)}</text>`
}

const escaped = (text) => text.replace(/[&<>]/g, (character) => `&#${character.codePointAt(0)};`)
