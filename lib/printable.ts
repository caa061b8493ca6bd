/*
 * What a terminal or a reader would act on instead of showing it: controls (C0, C1 and DEL), format characters (the marks and embeddings
 * that reorder text, characters without a width), the line separators, and surrogates without their other half.
 */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/**
 * Makes text from elsewhere, a name in an object file for example, safe to show: what would change the display is written as
 * `\xNN` up to U+00FF and as `\u{…}` above. Everything else stays as it is.
 */
export function printable(text: string): string {
  return text.replace(unprintable, escaped)
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
}
