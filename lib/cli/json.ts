/** How many members of an array are written at once. */
const chunk = 1000

/** Characters that a terminal would act on instead of showing them: JSON does not need them, and JSON.stringify does not escape them. */
const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** Writes an object as one line of JSON, with its arrays in pieces: a string holds at most 512 MiB. */
export async function writeJson(value: object, write: (text: string) => unknown): Promise<void> {
  let separator = '{'
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue
    await write(`${separator}${jsonText(name)}:`)
    separator = ','
    if (Array.isArray(member) && member.length > chunk) await writeArray(member, write)
    else await write(jsonText(member))
  }
  await write(`${separator === '{' ? '{' : ''}}\n`)
}

async function writeArray(members: readonly unknown[], write: (text: string) => unknown): Promise<void> {
  for (let from = 0; from < members.length; from += chunk) {
    await write((from === 0 ? '[' : ',') + jsonText(members.slice(from, from + chunk)).slice(1, -1))
  }
  await write(']')
}

/**
 * A value as JSON that is safe to show: characters that would change a terminal's display are escaped. 64-bit integers are numbers if a
 * number can hold them, otherwise strings of digits.
 */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value, (_, member) => {
    if (typeof member !== 'bigint') return member
    return Number.isSafeInteger(Number(member)) ? Number(member) : String(member)
  })
  return escapeUnsafe(text)
}

/** Escapes what a terminal would act on, as in JSON, JavaScript and TypeScript strings, so that the string's value stays the same. */
export const escapeUnsafe = (text: string): string => text.replace(unsafe, escaped)

/** The UTF-16 units of a character: `\u202e`, `\udb40\udc01`. */
const escaped = (character: string) =>
  Array.from({ length: character.length }, (_, i) => {
    return `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`
  }).join('')
