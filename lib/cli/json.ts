/** Members of an array that are written at once. */
const chunk = 1000

/** What a terminal would act on instead of showing it: JSON has no need of these, and JSON.stringify leaves them as they are. */
const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** Writes an object as one line of JSON, an array of its own a piece at a time: a string holds 512 MiB at most. */
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
 * A value as JSON that is safe to show: what would change a terminal's display is escaped. 64-bit integers are numbers where a number
 * holds them, else strings of digits.
 */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value, (_, member) => {
    if (typeof member !== 'bigint') return member
    return Number.isSafeInteger(Number(member)) ? Number(member) : String(member)
  })
  return escapeUnsafe(text)
}

/** Escapes what a terminal would act on as JSON, JavaScript and TypeScript do within a string: its value stays the same. */
export const escapeUnsafe = (text: string): string => text.replace(unsafe, escaped)

/** Of a character its UTF-16 units: `\u202e`, `\udb40\udc01`. */
const escaped = (character: string) =>
  Array.from({ length: character.length }, (_, i) => {
    return `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`
  }).join('')
