import test from 'ava'
import { BpfError } from '../../lib/errors.js'
import { interfaceMatcher, type Matchable } from '../../lib/net/interface-matcher.js'

const named = (name: string, ...alternativeNames: string[]): Matchable => ({
  name,
  alternativeNames,
  loopback: name === 'lo',
})

const all = ['lo', 'eth0', 'eth1', 'eth10', 'veth0', 'docker0', 'a*', 'a.b', '!x', 'wg\\0'].map((name) => named(name))

const meant = (patterns?: string | string[]) => {
  const matcher = interfaceMatcher(patterns)
  return all.filter((each) => matcher.matches(each)).map(({ name }) => name)
}

test('without a pattern every interface is meant but loopback', (t) => {
  t.deepEqual(
    meant(),
    all.slice(1).map(({ name }) => name),
  )
  t.deepEqual(meant([]), meant())
})

test('plain names, and patterns with * and ?, match whole names', (t) => {
  t.deepEqual(meant('eth0'), ['eth0'])
  t.deepEqual(meant(['eth?']), ['eth0', 'eth1'])
  t.deepEqual(meant(['eth*', 'lo']), ['lo', 'eth0', 'eth1', 'eth10'])
  t.deepEqual(meant('*'), ['lo', ...meant()])
  t.deepEqual(meant('*th*0'), ['eth0', 'eth10', 'veth0'])
  t.deepEqual(meant('a?b'), ['a.b'])
  t.deepEqual(meant('a.b'), ['a.b'])
  t.deepEqual(meant('eth'), [])
})

test('what begins with ! excludes, wherever it stands, and alone leaves all others but loopback', (t) => {
  t.deepEqual(meant(['!eth1', 'eth*']), ['eth0', 'eth10'])
  t.deepEqual(meant(['eth*', '!eth1*']), ['eth0'])
  t.deepEqual(meant(['!*th*', '!a*']), ['docker0', '!x', 'wg\\0'])
  t.deepEqual(meant(['eth0', '!eth0']), [])
})

test('a backslash takes the next character as it is', (t) => {
  t.deepEqual(meant('a\\*'), ['a*'])
  t.deepEqual(meant('\\!x'), ['!x'])
  t.deepEqual(meant('wg\\\\0'), ['wg\\0'])
  t.deepEqual(meant('wg\\\\?'), ['wg\\0'])
})

test('an alternative name is a name too', (t) => {
  const card = named('eth0', 'enp0s31f6', 'uplink')
  for (const pattern of ['eth0', 'uplink', 'enp*']) t.true(interfaceMatcher(pattern).matches(card), pattern)
  t.false(interfaceMatcher(['eth0', '!enp*']).matches(card))
  t.notThrows(() => interfaceMatcher('uplink').requireNames([card]))
})

test('a plain name must be there, a pattern need not', (t) => {
  t.throws(() => interfaceMatcher(['eth0', 'none0']).requireNames(all), {
    instanceOf: BpfError,
    code: 'ENODEV',
    message: /^find interface none0: ENODEV: there is no interface 'none0' \(there are .*eth0.*\)/,
  })
  t.throws(() => interfaceMatcher('b\\*').requireNames(all), { code: 'ENODEV', message: /b\*/ })
  t.notThrows(() => interfaceMatcher(['none*', '?', '!gone0', 'eth0', 'a\\*']).requireNames(all))
})

for (const wrong of ['', '!', ['eth0', ''], [5], 5, null, [null]]) {
  test(`${JSON.stringify(wrong)} is no pattern`, (t) => {
    t.throws(() => interfaceMatcher(wrong as string), { instanceOf: TypeError, message: /not / })
  })
}
