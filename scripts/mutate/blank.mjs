/**
 * The text with spaces for all that is not code: comments, and what strings and regular expressions hold. Every place keeps its
 * offset. What a template literal has in `${}` stays.
 */
export function blank(text, language) {
  const pattern = language === 'ts' ? typescript : c
  const parts = []
  let from = 0
  const keep = (to) => {
    parts.push(text.slice(from, to))
    from = to
  }
  const drop = (to) => {
    parts.push(text.slice(from, to).replace(/[^\n]/g, ' '))
    from = to
  }
  pattern.lastIndex = 0
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const [found] = match
    keep(match.index)
    if (/^\/[/*]/.test(found)) drop(match.index + found.length)
    else {
      const open = found.startsWith('R"') ? 2 : 1
      keep(match.index + open)
      if (found.startsWith('`')) {
        for (const inner of found.matchAll(/\$\{[^}]*\}/g)) {
          drop(match.index + inner.index)
          keep(match.index + inner.index + inner[0].length)
        }
      }
      drop(match.index + found.length - 1)
      keep(match.index + found.length)
    }
    pattern.lastIndex = from
  }
  keep(text.length)
  return parts.join('')
}

const comment = String.raw`\/\/[^\n]*|\/\*[\s\S]*?\*\/`
const quoted = String.raw`"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'`
const template = String.raw`${'`'}(?:[^${'`'}\\]|\\[\s\S])*${'`'}`
/** A slash is a division after a name, a number or a bracket that closes. */
const expression = String.raw`(?<=(?:[=(,:?!&|[{};]|\breturn|=>)\s*)\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/`
/** `'` also parts the digits of C++'s numbers. */
const c = new RegExp(`${comment}|${quoted.replace("|'", "|(?<!\\d)'")}`, 'g')
const typescript = new RegExp(`${comment}|${quoted}|${template}|${expression}`, 'g')
