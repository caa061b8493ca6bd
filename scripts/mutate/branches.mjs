import { closing, depthOf } from './statements.mjs'

/** `if (a)` with its condition negated, unless another mutation of the line does the same. */
export function negated(line) {
  const found = /^\s*(?:\} )?(?:else )?if (?=\()/.exec(line)
  if (!found) return []
  const start = found[0].length
  const end = closing(line, start)
  if (end === undefined) return []
  const condition = line.slice(start + 1, end - 1)
  if (/^(?:const|auto) /.test(condition)) return []
  const single = !/ (?:&&|\|\||\?) /.test(condition)
  if (single && (/^!/.test(condition) || / [!=]==? /.test(condition))) return []
  return [{ start, end, replace: (text) => `(!${text})` }]
}

/** `a ? b : c` within one line, with b and c swapped. */
export function swapped(line) {
  return [...line.matchAll(/ \? /g)].flatMap(({ index }) => {
    // If the condition is a comparison, another mutation of the line does the same.
    const condition = line.slice(0, index)
    if (/ [=!]==? \S+$/.test(condition) && !/ (?:&&|\|\|) /.test(condition)) return []
    const start = index + 3
    const colon = stop(line, start, (at) => line.startsWith(' : ', at) || line.startsWith(' ? ', at))
    if (!line.startsWith(' : ', colon)) return []
    const end = stop(line, colon + 3, (at) => ',;'.includes(line[at]) || line.startsWith(' ? ', at))
    if (line.startsWith(' ? ', end)) return []
    const [then, otherwise] = [colon - start, colon + 3 - start]
    return [{ start, end, replace: (text) => `${text.slice(otherwise)} : ${text.slice(0, then)}` }]
  })
}

/** The first position outside of brackets at which `is` is true, or at which the line or the enclosing brackets end. */
function stop(line, start, is) {
  let depth = 0
  for (let i = start; i < line.length; i++) {
    if (depth === 0 && is(i)) return i
    depth += depthOf(line[i])
    if (depth < 0) return i
  }
  return line.length
}

/** `return x` within one line, without its value. The cast is for the compiler, which rejects mutants with wrong types. */
export function valueless(line, next) {
  const found = /^\s*(?:if \(.*\) )?return (?!undefined\b)/.exec(line)
  if (!found || /^\s*(?:[.?:]|&&|\|\||[-+] )/.test(next)) return []
  const start = found[0].length
  const balance = [...line.slice(start)].reduce((sum, character) => sum + depthOf(character), 0)
  if (balance !== 0 || /(?:[,(=?:]|&&|\|\|)$/.test(line)) return []
  return [{ start, end: line.length, replace: () => 'undefined as never' }]
}
