import test from 'ava'
import { Controls } from '../../lib/cli/live/controls.js'
import { draw, type LiveColumn, sortNames } from '../../lib/cli/live/draw.js'
import { extended, Ledger } from '../../lib/cli/live/ledger.js'
import { type Column, table } from '../../lib/cli/table.js'
import { cutEnd, cutMiddle, cutStart, widthOf } from '../../lib/cli/text.js'

interface Host {
  readonly name: string
  readonly bytes: number
}

const columns: Column<Host>[] = [
  { title: 'NAME', text: ({ name }) => name, importance: 9, shorten: { minimum: 6, cut: cutMiddle } },
  { title: 'BYTES', align: 'right', text: ({ bytes }) => String(bytes), importance: 8 },
  { title: 'TREND', align: 'right', text: () => '▁▂▃▄▅▆▇█', importance: 3, shorten: { minimum: 4, cut: cutStart } },
  { title: 'NOTE', text: ({ name }) => `about ${name}`, importance: 1, shorten: { minimum: 5, cut: cutEnd } },
]
const hosts: Host[] = [
  { name: 'a.example', bytes: 5 },
  { name: '漢字.example', bytes: 123_456 },
  { name: 'much-longer.name.example', bytes: 77 },
]

test('a table is as wide as its texts where there is room', (t) => {
  t.deepEqual(table(columns, hosts.slice(0, 2)), [
    'NAME           BYTES     TREND  NOTE',
    'a.example          5  ▁▂▃▄▅▆▇█  about a.example',
    '漢字.example  123456  ▁▂▃▄▅▆▇█  about 漢字.example',
  ])
})

test('at every width no line is wider, and one is as wide as columns that shrink allow', (t) => {
  const natural = Math.max(...table(columns, hosts).map(widthOf))
  for (let width = 1; width <= natural + 3; width++) {
    const lines = table(columns, hosts, { width })
    const widest = Math.max(...lines.map(widthOf))
    t.true(widest <= width, `${widest} in ${width}`)
    if (width >= natural) t.is(widest, natural)
    t.is(lines.length, 4)
  }
})

test('the least important goes first, after it has become as narrow as it can', (t) => {
  const titles = (width: number) =>
    table(columns, hosts, { width })[0]
      ?.split(/ +/)
      .filter((title) => title !== '')
  t.deepEqual(titles(60), ['NAME', 'BYTES', 'TREND', 'NOTE'])
  t.deepEqual(titles(28), ['NAME', 'BYTES', 'TREND', 'NOTE'])
  t.deepEqual(titles(27), ['NAME', 'BYTES', 'TREND'])
  t.deepEqual(titles(20), ['NAME', 'BYTES'])
  t.deepEqual(titles(13), ['NAME'])
  t.is(table(columns, hosts, { width: 26 })[3], 'much-…ample      77  ▄▅▆▇█')
})

test('of columns that are equally important the last is left out first', (t) => {
  const equal = ['A', 'B', 'C'].map((title): Column<Host> => ({ title, text: () => '12345', importance: 5 }))
  const titles = (width: number) => table(equal, hosts, { width })[0]?.split(/ +/)
  t.deepEqual(titles(19), ['A', 'B', 'C'])
  t.deepEqual(titles(18), ['A', 'B'])
  t.deepEqual(titles(11), ['A'])
})

test('of columns that are equally important the widest is narrowed first, down to its least width', (t) => {
  const shorten = { minimum: 4, cut: cutEnd }
  const two: Column<string>[] = [
    { title: 'A', text: () => '123456', importance: 5, shorten },
    { title: 'B', text: () => '12345678', importance: 5, shorten },
  ]
  const row = (width: number) => table(two, [''], { width })[1]
  t.is(row(16), '123456  12345678')
  t.is(row(14), '123456  12345…')
  t.is(row(13), '1234…  12345…')
  t.is(row(10), '123…  123…')
  t.is(row(9), '123456')
})

test('a column without an importance stays, however narrow the table', (t) => {
  const columns: Column<string>[] = [
    { title: 'NAME', text: () => 'name' },
    { title: 'MORE', text: () => 'more', importance: 100 },
  ]
  t.deepEqual(table(columns, [''], { width: 9 }), ['NAME', 'name'])
  t.deepEqual(table(columns, [''], { width: 3 }), ['NA…', 'na…'])
})

test('a table of one column is no wider than it needs', (t) => {
  t.deepEqual(table([{ title: 'N', align: 'right', text: String }], [12], { width: 40 }), [' N', '12'])
})

test('a table of no rows has its titles, and control characters never reach the terminal', (t) => {
  t.deepEqual(table(columns, []), ['NAME  BYTES  TREND  NOTE'])
  t.false(
    table(columns, [{ name: 'x\u001b[2J\ny', bytes: 1 }])
      .join('')
      .includes('\u001b[2J'),
  )
  t.is(table(columns, [{ name: 'x\ny', bytes: 1 }]).length, 2)
})

const live: LiveColumn<Host>[] = [
  { title: 'NAME', text: ({ name }) => name, sort: { name: 'name', value: ({ name }) => name } },
  {
    title: 'BYTES',
    align: 'right',
    text: ({ bytes }) => String(bytes),
    sort: { name: 'bytes', value: ({ bytes }) => bytes },
  },
]
const many = Array.from({ length: 30 }, (_, i) => ({ name: `host${String(i).padStart(2, '0')}`, bytes: (i * 7) % 30 }))
const picture = { head: [[['the head'] as const]], columns: live, rows: many }
const controls = (sort = 'bytes') => new Controls(sortNames(live), sort)
const type = (state: Controls, text: string) => {
  for (const each of text) state.press(each, { name: each })
}

test('numbers are sorted from the greatest, texts from the first, and both in reverse', (t) => {
  const state = controls()
  const first = () => draw(picture, state, { width: 40, top: 1 })[2]?.trim().split(/ +/)
  t.deepEqual(first(), ['host17', '29'])
  state.press('r', { name: 'r' })
  t.deepEqual(first(), ['host00', '0'])
  state.press('s', { name: 's' })
  t.is(state.sort, 'name')
  t.deepEqual(first(), ['host00', '0'])
  state.press('r', { name: 'r' })
  t.deepEqual(first(), ['host29', '23'])
  state.press('s', { name: 's' })
  t.is(state.sort, 'bytes')
})

test('rows that are equal stay in the order in which they came', (t) => {
  const rows = ['c', 'a', 'b', 'd'].map((name) => ({ name, bytes: 1 }))
  for (const state of [controls(), new Controls(sortNames(live), 'bytes', true)]) {
    const names = draw({ ...picture, rows }, state, { width: 40 }).slice(2)
    t.is(names.map((line) => line[0]).join(''), 'cabd')
  }
})

test('the title of the column that sorts is marked', (t) => {
  const state = controls('name')
  t.regex(draw(picture, state, { width: 40 })[1] ?? '', /^NAME▾ +BYTES$/)
  state.press('r', {})
  t.regex(draw(picture, state, { width: 40 })[1] ?? '', /^NAME▴ +BYTES$/)
})

test('a filter looks at texts, not at numbers', (t) => {
  const state = controls('name')
  type(state, '/29')
  t.deepEqual(draw(picture, state, { width: 40 }).slice(2), ['host29     23'])
})

test('what the keys do stands below the table, and what they did', (t) => {
  const state = controls()
  const help = () => draw(picture, state, { width: 80, height: 9 }).at(-1)
  t.is(help(), 'q quit  s sort (bytes)  r reverse  / filter  p pause')
  type(state, ' /h\u001b[A')
  state.press('\t', { name: 'tab' })
  state.press('x', { name: 'x', meta: true })
  t.is(help(), 'filter: h[A▏  enter keep  esc clear')
  state.press('\r', { name: 'enter' })
  t.is(help(), 'q quit  s sort (bytes)  r reverse  / filter: h[A  p PAUSED')
  type(state, 'ps')
  state.press('\u001b', { name: 'escape' })
  t.is(help(), 'q quit  s sort (name)  r reverse  / filter  p pause')
})

test('--reverse is how the table starts', (t) => {
  const state = new Controls(sortNames(live), 'bytes', true)
  t.is(draw(picture, state, { width: 40, top: 1 })[2], 'host00       0')
})

test('a filter is typed, kept, changed and cleared', (t) => {
  const state = controls('name')
  const rows = () => draw(picture, state, { width: 40, top: 100 }).length - 2
  type(state, '/HOST1')
  t.true(state.typing)
  t.is(rows(), 10)
  type(state, 'q')
  t.is(rows(), 0)
  state.press(undefined, { name: 'backspace' })
  t.is(state.filter, 'HOST1')
  state.press('\r', { name: 'return' })
  t.false(state.typing)
  t.is(rows(), 10)
  state.press('\u001b', { name: 'escape' })
  t.is(rows(), 30)
  type(state, '/x')
  state.press('\u001b', { name: 'escape' })
  t.deepEqual([state.filter, state.typing], ['', false])
})

test('q and Ctrl-C quit, but q is also a letter to filter by', (t) => {
  const state = controls()
  t.is(state.press('q', { name: 'q' }), 'quit')
  t.is(state.press('\u0003', { name: 'c', ctrl: true }), 'quit')
  t.is(state.press('\u001a', { name: 'z', ctrl: true }), 'suspend')
  type(state, '/')
  t.is(state.press('q', { name: 'q' }), undefined)
  t.is(state.press('\u0003', { name: 'c', ctrl: true }), 'quit')
})

test('on a screen of any size the lines are as many as it has, and none is wider', (t) => {
  for (const height of [1, 2, 3, 4, 5, 10, 33, 34, 50]) {
    for (const width of [1, 5, 20, 60]) {
      const lines = draw(picture, controls(), { width, height })
      t.is(lines.length, height)
      t.true(lines.every((line) => widthOf(line) <= width))
    }
  }
})

test('rows that have no room are counted', (t) => {
  const state = controls()
  t.is(draw(picture, state, { width: 40, top: 20 }).at(-1), 'and 10 more')
  t.is(draw(picture, state, { width: 40, height: 10 })[8], 'and 24 more')
  t.false(draw(picture, state, { width: 40, height: 33 }).join().includes('more'))
})

const ledger = (capacity = 100, patience = 3) =>
  new Ledger<Host>({
    keyOf: ({ name }) => name,
    add: (a, b) => ({ name: a.name, bytes: a.bytes + b.bytes }),
    measure: ({ bytes }) => bytes,
    capacity,
    patience,
  })

test('a ledger sums up a key’s records, of one interval and of many', (t) => {
  const rows = ledger()
  t.deepEqual(
    rows.take(
      [
        { name: 'a', bytes: 1 },
        { name: 'a', bytes: 2 },
      ],
      2,
    ),
    [{ total: { name: 'a', bytes: 3 }, latest: { name: 'a', bytes: 3 }, trend: [1.5], idle: 0 }],
  )
  t.deepEqual(rows.take([], 1), [{ total: { name: 'a', bytes: 3 }, trend: [1.5, 0], idle: 1 }])
  t.deepEqual(rows.take([{ name: 'a', bytes: 4 }], 1), [
    { total: { name: 'a', bytes: 7 }, latest: { name: 'a', bytes: 4 }, trend: [1.5, 0, 4], idle: 0 },
  ])
})

test('idle rows go after a while, and the oldest where there are too many', (t) => {
  const names = (rows: readonly { total: Host }[]) => rows.map(({ total }) => total.name)
  const patient = ledger()
  patient.take([{ name: 'a', bytes: 1 }], 1)
  t.deepEqual(names(patient.take([], 3)), ['a'])
  t.deepEqual(names(patient.take([], 1)), [])
  const small = ledger(2, 100)
  small.take(
    [
      { name: 'a', bytes: 1 },
      { name: 'b', bytes: 1 },
    ],
    1,
  )
  small.take([{ name: 'a', bytes: 1 }], 1)
  t.deepEqual(names(small.take([{ name: 'c', bytes: 1 }], 1)), ['a', 'c'])
})

test('a row that is shown never changes, and a trend is bounded', (t) => {
  const rows = ledger()
  const [row] = rows.take([{ name: 'a', bytes: 1 }], 1)
  const before = structuredClone(row)
  rows.take([{ name: 'a', bytes: 1 }], 1)
  t.deepEqual(row, before)
  t.is(Array.from({ length: 100 }, (_, i) => i).reduce<number[]>(extended, []).length, 20)
})
