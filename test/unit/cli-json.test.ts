import test from 'ava'
import { jsonText, writeJson } from '../../lib/cli/json.js'

const written = async (value: object) => {
  let text = ''
  await writeJson(value, (part) => {
    text += part
  })
  return text
}

test('JSON lines hold 64-bit integers and long arrays, and are what JSON.stringify makes', async (t) => {
  const value = {
    a: 1,
    none: undefined,
    text: 'line\nbreak',
    list: Array.from({ length: 2500 }, (_, i) => ({ i })),
    exactly: Array.from({ length: 2000 }, (_, i) => i),
    short: [1, 2],
    nested: { x: null },
  }
  t.is(await written(value), `${JSON.stringify(value)}\n`)
  t.is(await written({}), '{}\n')
  t.is(
    await written({ small: 5n, most: 2n ** 53n - 1n, big: 2n ** 53n }),
    '{"small":5,"most":9007199254740991,"big":"9007199254740992"}\n',
  )
})

test('JSON holds nothing that a terminal acts on, in values, names and long arrays, and the values are the same', async (t) => {
  const attack = 'a\u001b[2J\u007f\u009b2J\u202e\u061c\u2028\ufeff\u{e0041}\ud800 Ünïcödé 漢字 😀'
  const value = { [attack]: attack, list: Array.from({ length: 1500 }, () => ({ [attack]: [attack] })) }
  for (const text of [(await written(value)).trimEnd(), jsonText(value)]) {
    t.notRegex(text, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u)
    t.deepEqual(JSON.parse(text), value)
    t.true(text.includes('\\u202e'))
    t.true(text.includes('Ünïcödé 漢字 😀'))
  }
})

test('JSON waits for its writer after each piece', async (t) => {
  const ready: (() => void)[] = []
  const parts: string[] = []
  const done = writeJson({ a: 1, b: 2 }, (part) => {
    parts.push(part)
    return new Promise<void>((resolve) => ready.push(resolve))
  })
  for (let written = 1; parts.at(-1) !== '}\n'; written++) {
    t.is(parts.length, written)
    ready.shift()?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  ready.shift()?.()
  await done
  t.deepEqual(parts, ['{"a":', '1', ',"b":', '2', '}\n'])
})
