/**
 * Replaces everything that is not code with spaces: comments, regular expressions, and the contents of strings. Everything else keeps
 * its offset. Code in `${}` of a template literal stays.
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
    const end = match.index + found.length
    if (!found.startsWith('/')) {
      keep(match.index + 1)
      for (const inner of found.startsWith('`') ? found.matchAll(/\$\{[^}]*\}/g) : []) {
        drop(match.index + inner.index)
        keep(match.index + inner.index + inner[0].length)
      }
      drop(end - 1)
      keep(end)
    }
    drop(end)
    pattern.lastIndex = from
  }
  keep(text.length)
  return parts.join('')
}

const comment = String.raw`\/\/[^\n]*|\/\*[\s\S]*?\*\/`
const quoted = String.raw`"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'`
const template = String.raw`${'`'}(?:[^${'`'}\\]|\\[\s\S])*${'`'}`
/** After a name, a number or a closing bracket, a slash is a division. */
const expression = String.raw`(?<=(?:[=(,:?!&|[{};]|\breturn|=>)\s*)\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/`
/** `'` also separates digits in C++ numbers. */
const c = new RegExp(`${comment}|${quoted.replace("|'", "|(?<!\\d)'")}`, 'g')
const typescript = new RegExp(`${comment}|${quoted}|${template}|${expression}`, 'g')
