import test from 'ava'
import { endpoint, percentage, quantity, span, stopwatch } from '../../lib/cli/format.js'
import { linesOf } from '../../lib/cli/live/pieces.js'
import { sparkline } from '../../lib/cli/sparkline.js'
import { cutEnd, cutMiddle, cutStart, widthOf } from '../../lib/cli/text.js'

test('quantities have three significant digits and a prefix', (t) => {
  t.is(quantity(0), '0')
  t.is(quantity(999), '999')
  t.is(quantity(999.5), '1.00k')
  t.is(quantity(999.4), '999')
  t.is(quantity(1234), '1.23k')
  t.is(quantity(0.5, 'B'), '0.50 B')
  t.is(quantity(12_345_678, 'bit/s'), '12.3 Mbit/s')
  t.is(quantity(999_600, 'B'), '1.00 MB')
  t.is(quantity(5e20, 'B'), '500000 PB')
})

test('a hundredth of a percent and five percent are told apart', (t) => {
  t.is(percentage(0), '0 %')
  t.is(percentage(0.000001), '<0.001 %')
  t.is(percentage(0.0001), '0.010 %')
  t.is(percentage(0.00019), '0.019 %')
  t.is(percentage(0.0099999), '1.00 %')
  t.is(percentage(0.009995), '1.00 %')
  t.is(percentage(0.009994), '0.999 %')
  t.is(percentage(0.05), '5.00 %')
  t.is(percentage(0.123), '12.3 %')
  t.is(percentage(1), '100 %')
})

test('spans and stopwatches', (t) => {
  t.deepEqual([0, 850, 999.6, 12_345, 999_600, 61e6].map(span), [
    '0 µs',
    '850 µs',
    '1.00 ms',
    '12.3 ms',
    '1.00 s',
    '61.0 s',
  ])
  t.deepEqual([999.4, 999.5, 999_400, 999_500].map(span), ['999 µs', '1.00 ms', '999 ms', '1.00 s'])
  t.deepEqual([3_599_000, 3_600_000].map(stopwatch), ['59:59', '1:00:00'])
  t.deepEqual([0, 59_600, 61_000, 3_723_000].map(stopwatch), ['0:00', '1:00', '1:01', '1:02:03'])
})

test('an IPv6 address with a port is in brackets', (t) => {
  t.is(endpoint('::1', 80), '[::1]:80')
  t.is(endpoint('::1', 0), '::1')
  t.is(endpoint('127.0.0.1', 80), '127.0.0.1:80')
})

test('widths are cells: wide characters take two, marks and colours none', (t) => {
  t.is(widthOf('plain'), 5)
  t.is(widthOf('漢字'), 4)
  t.is(widthOf('e\u0301'), 1)
  t.is(widthOf('\u001b[31mred\u001b[39m'), 3)
})

const cuts = { cutEnd, cutMiddle, cutStart }
const texts = [
  '',
  'a',
  '漢',
  'plain text',
  '漢字漢字漢字',
  'a漢b字c',
  '[2001:db8:85a3:8d3:1319:8a2e:370:7348]:65535',
  'e\u0301e\u0301e\u0301',
]
for (const [name, cut] of Object.entries(cuts)) {
  test(`${name} takes no more cells than it is given, and changes nothing that fits`, (t) => {
    for (const text of texts) {
      for (let width = 0; width <= widthOf(text) + 1; width++) {
        const result = cut(text, width)
        t.true(widthOf(result) <= width, `'${result}' in ${width}`)
        if (widthOf(text) <= width) t.is(result, text)
        // A wide character may leave a cell that the next does not fit in.
        else t.true(widthOf(result) >= width - 2, `'${result}' in ${width}`)
      }
    }
  })
}

test('a long IPv6 address keeps both ends and its port', (t) => {
  t.is(cutMiddle('[2001:db8:85a3:8d3:1319:8a2e:370:7348]:65535', 24), '[2001:db8:8…:7348]:65535')
  t.is(cutEnd('a long name', 7), 'a long…')
  t.deepEqual([cutEnd('ab', 1), cutEnd('ab', 0)], ['…', ''])
  t.is(cutStart('▁▂▃▄', 2), '▃▄')
})

test('a sparkline is by the greatest, and leaves out what is nothing', (t) => {
  t.is(sparkline([]), '')
  t.is(sparkline([0, 0]), '  ')
  t.is(sparkline([0, 1, 4, 8]), ' ▂▅█')
  t.is(sparkline([0.001, 1000]), '▁█')
  t.is(sparkline([0.125, 0.5]), '▃█')
})

test('pieces stay whole and lines within their width', (t) => {
  const pieces = ['one', 'two', 'three', 'a piece that is wider than any line'].map((text) => [text] as const)
  t.deepEqual(linesOf(pieces, 10), ['one  two', 'three', 'a piece t…'])
  t.deepEqual(linesOf(pieces, 100), ['one  two  three  a piece that is wider than any line'])
  t.deepEqual(linesOf([], 10), [])
  const short = ['ab', '', 'cd', 'ef'].map((text) => [text] as const)
  t.deepEqual(linesOf(short, 10), ['ab  cd  ef'])
  t.deepEqual(linesOf(short, 9), ['ab  cd', 'ef'])
  t.deepEqual(linesOf(short, 6), ['ab  cd', 'ef'])
  t.deepEqual(linesOf(short, 5), ['ab', 'cd', 'ef'])
})
