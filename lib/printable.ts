/*
 * What a terminal or a reader would act on instead of showing it: C0 and C1 controls and DEL, the marks and embeddings that reorder
 * text, the line separators, and surrogates without their other half.
 */
const unprintable =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/**
 * Makes text from elsewhere, a name in an object file for example, safe to show: what would change the display is written as
 * `\xNN` up to U+00FF and as `\u{…}` above. Everything else stays as it is.
 */
export function printable(text: string): string {
  return text.replace(unprintable, escaped)
}

function escaped(character: string): string {
  const code = character.charCodeAt(0)
  return code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
}
