import test from 'ava'
import { printable } from '../../lib/printable.js'

test('escapes controls as \\xNN', (t) => {
  t.is(printable('\u001b[2Jred\u0007'), '\\x1b[2Jred\\x07')
  t.is(printable('a\nb\tc\r\0'), 'a\\x0ab\\x09c\\x0d\\x00')
  t.is(printable('\u007f\u0080\u009b31m\u009f'), '\\x7f\\x80\\x9b31m\\x9f')
})

test('escapes what reorders text, and the line separators, as \\u{…}', (t) => {
  for (const code of [0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202e, 0x2066, 0x2069, 0x61c]) {
    t.is(printable(`a${String.fromCharCode(code)}b`), `a\\u{${code.toString(16)}}b`)
  }
})

test('escapes characters that take no room, as \\u{…}', (t) => {
  for (const code of [0x200b, 0x200d, 0xfeff, 0xe0041]) {
    t.is(printable(`a${String.fromCodePoint(code)}b`), `a\\u{${code.toString(16)}}b`)
  }
})

test('escapes surrogates without their other half and leaves pairs alone', (t) => {
  t.is(printable('\ud83d'), '\\u{d83d}')
  t.is(printable('\ude00x'), '\\u{de00}x')
  t.is(printable('\ud83d\ud83d\ude00\ude00'), '\\u{d83d}😀\\u{de00}')
})

test('leaves all other text as it is', (t) => {
  const text = "tcp_v4_connect '日本' é ñ 😀 \u00a0 \\x1b"
  t.is(printable(text), text)
})
