const call = /^(?:await |void )?[\w$#][\w$.#:]*(?:(?:->|\?\.|\.)[\w$#]+|\[[^\]]*\]|\([^()]*\))*\(/
const assignment = /^\*?[\w$#][\w$.#]*(?:(?:->|\.)[\w$#]+|\[[^\]]*\])* (?:[-+|&*/]|<<|>>|\?\?|\|\|)?= /
const other = /^(?:[\w$.#]+(?:->[\w.]+)*(?:\+\+|--);?$|(?:throw|delete|yield) |return;?$|break;$)/
const keyword =
  /^(?:if|else|for|while|do|switch|return(?=\()|function|catch|import|export|case|static|super|constructor|async|get|set|using|class|enum|namespace|template|static_assert|_Static_assert|SEC|sizeof|new)\b/
const header = /^(\s*(?:\} )?(?:else )?(?:if (?=\())?)/
const goesOn = /(?:[,([=?:+&|<]|=>|\breturn)$/
/** A method: its braces hold its body. */
const method = /\)(?:: .*)? \{(?:\n|$)/
const continues = /^\s*(?:[.?:)\]]|&&|\|\||[-+*/<>=] )/

/**
 * The statements of a text that can be left out, as `[start, end]`: a call, an assignment or a throw that begins a line, or
 * follows `if (…)`, and ends at the end of a line.
 */
export function statements(code, language) {
  const lines = code.split('\n')
  const found = []
  let offset = 0
  lines.forEach((line, i) => {
    const start = offset + beginning(line)
    offset += line.length + 1
    const text = code.slice(start, offset - 1)
    if (keyword.test(text) || !(call.test(text) || assignment.test(text) || other.test(text))) return
    const before = lines.slice(0, i).findLast((each) => each.trim() !== '')
    if (before && goesOn.test(before.trimEnd()) && !/\bcase .*:$|default:$/.test(before.trimEnd())) return
    const end = endOf(code, start)
    if (end === undefined) return
    if (method.test(text)) return
    const last = code.slice(start, end).trimEnd()
    if (language === 'ts' ? /[,{]$/.test(last) || continues.test(code.slice(end + 1)) : !last.endsWith(';')) return
    found.push([start, start + last.length])
  })
  return found
}

/** Where the statement of the line begins: after anything that precedes it in the same line. */
function beginning(line) {
  const [before] = header.exec(line)
  if (!/if $/.test(before)) return before.length
  const end = closing(line, before.length)
  return end === undefined ? before.length : end + (line[end] === ' ' ? 1 : 0)
}

/** The end of the first line at which all brackets are closed. */
function endOf(code, start) {
  let depth = 0
  for (let i = start; i <= code.length && i < start + 600; i++) {
    if (i === code.length || (code[i] === '\n' && depth === 0)) return depth === 0 ? i : undefined
    depth += depthOf(code[i])
    if (depth < 0) return undefined
  }
}

/** The position after the bracket that closes the one at `start`. */
export function closing(line, start) {
  let depth = 0
  for (let i = start; i < line.length; i++) {
    depth += depthOf(line[i])
    if (depth === 0) return i + 1
  }
}

export const depthOf = (character) => ('([{'.includes(character) ? 1 : ')]}'.includes(character) ? -1 : 0)
