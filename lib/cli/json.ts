const chunk = 1000

/** Writes an object as one line of JSON, an array of its own a piece at a time: a string holds 512 MiB at most. */
export function writeJson(value: object, write: (text: string) => unknown): void {
  let separator = '{'
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue
    write(`${separator}${JSON.stringify(name)}:`)
    separator = ','
    if (Array.isArray(member) && member.length > chunk) writeArray(member, write)
    else write(text(member))
  }
  write(`${separator === '{' ? '{' : ''}}\n`)
}

function writeArray(members: readonly unknown[], write: (text: string) => unknown): void {
  for (let from = 0; from < members.length; from += chunk) {
    write((from === 0 ? '[' : ',') + text(members.slice(from, from + chunk)).slice(1, -1))
  }
  write(']')
}

/** 64-bit integers are numbers where a number holds them, else strings of digits. */
const text = (value: unknown) =>
  JSON.stringify(value, (_, member) => {
    if (typeof member !== 'bigint') return member
    return Number.isSafeInteger(Number(member)) ? Number(member) : String(member)
  })
