/*
 * Characters that a terminal or a reader would act on instead of showing: controls (C0, C1 and DEL), format characters (marks and
 * embeddings that reorder text, zero-width characters), the line separators, and unpaired surrogates.
 */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/**
 * Makes text from elsewhere, such as a name in an object file, safe to show. Characters that would affect the display are written as
 * `\xNN` up to U+00FF and as `\u{…}` above. All other characters stay as they are.
 */
export function printable(text: string): string {
  return text.replace(unprintable, escaped)
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
}
