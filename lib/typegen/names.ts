/** `FlowKey` for `flow_key`: the name of a TypeScript type, made of the letters and digits of the C (or Rust, or Go) name. */
export function typeName(name: string): string {
  const words = name.split(/[^\p{ID_Continue}]+|_+/u).filter((word) => word !== '')
  const joined = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
  if (joined === '') return 'Anonymous'
  return /^\p{ID_Start}/u.test(joined) ? joined : `_${joined}`
}

/** A property's name, quoted if TypeScript requires it. */
export function property(name: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? name : literal(name)
}

/** A string literal, in the quotes that need fewer escapes. */
export function literal(text: string): string {
  const json = JSON.stringify(text)
  if (text.includes("'") && !text.includes('"')) return json
  return `'${json.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

/** A comment. Names from an untrusted file cannot end it. */
export function comment(...lines: string[]): string {
  const safe = lines.map((line) => line.replaceAll('*/', '* /').replaceAll(/[\p{Cc}\u2028\u2029]/gu, '?'))
  return safe.length === 1 ? `/** ${safe[0]} */` : `/**\n${safe.map((line) => ` * ${line}`).join('\n')}\n */`
}
