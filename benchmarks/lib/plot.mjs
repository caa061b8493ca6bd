const rowHeight = 22
const labelWidth = 330
const chartWidth = 430

/**
 * An SVG of bars, one for each figure that has a ratio: how many times what the peer takes, on a logarithmic scale. Left of the line
 * at 1 is faster than the peer.
 */
export function plot(results) {
  const rows = results.filter(({ ratio }) => ratio !== null && ratio > 0)
  const reach = Math.max(1, ...rows.map(({ ratio }) => Math.abs(Math.log10(ratio))))
  const x = (ratio) => labelWidth + chartWidth / 2 + (Math.log10(ratio) / reach) * (chartWidth / 2 - 50)
  const height = rows.length * rowHeight + 40
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${labelWidth + chartWidth}" height="${height}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="white"/>
<line x1="${x(1)}" y1="8" x2="${x(1)}" y2="${height - 28}" stroke="#444"/>
${rows.map((row, i) => bar(row, i, x)).join('\n')}
<text x="${x(1)}" y="${height - 10}" text-anchor="middle" fill="#444">as fast as the peer; shorter to the left is faster</text>
</svg>
`
}

function bar({ case: name, peer, ratio, target }, i, x) {
  const y = 12 + i * rowHeight
  const [left, right] = [Math.min(x(1), x(ratio)), Math.max(x(1), x(ratio))]
  const color = target === undefined ? '#8899aa' : ratio <= target ? '#3a9d5d' : '#d98032'
  const mark =
    target === undefined
      ? ''
      : `<line x1="${x(target)}" y1="${y - 1}" x2="${x(target)}" y2="${y + 17}" stroke="#b00" stroke-dasharray="2 2"/>`
  const [at, anchor] = ratio < 1 ? [left - 4, 'end'] : [right + 4, 'start']
  return `<text x="${labelWidth - 8}" y="${y + 12}" text-anchor="end">${escaped(`${name} : ${peer}`)}</text>
<rect x="${left}" y="${y}" width="${Math.max(1, right - left)}" height="16" fill="${color}"/>${mark}
<text x="${at}" y="${y + 12}" text-anchor="${anchor}">${Number(ratio.toPrecision(3))}</text>`
}

const escaped = (text) => text.replace(/[&<>]/g, (character) => `&#${character.codePointAt(0)};`)
