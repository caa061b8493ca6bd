import test from 'ava'
import * as main from 'ebpf'
import * as btf from 'ebpf/btf'
import * as flows from 'ebpf/flows'
import * as kernel from 'ebpf/kernel'
import * as net from 'ebpf/net'
import * as symbols from 'ebpf/symbols'
import * as tcp from 'ebpf/tcp'

const entries = [main, btf, flows, kernel, net, symbols, tcp]

test('a name is exported by one entry, except BtfError, which is one class', (t) => {
  const names = entries.flatMap((entry) => Object.keys(entry))
  t.deepEqual(
    names.filter((name, i) => names.indexOf(name) !== i),
    ['BtfError'],
  )
  t.is(main.BtfError, btf.BtfError)
})

/** The functions of an entry, and the methods and static methods of a class. */
const functionsOf = (owner: object): [string, unknown][] =>
  Object.entries(Object.getOwnPropertyDescriptors(owner)).map(([name, { value }]) => [name, value])

test('a call whose name ends in Sync or Async has a twin of the plain name, which is the other kind', (t) => {
  const classes = entries.flatMap((entry) => Object.values(entry)).filter((it) => typeof it === 'function')
  const twins: string[] = []
  for (const owner of [...entries, ...classes, ...classes.flatMap(({ prototype }) => prototype ?? [])]) {
    const functions = new Map(functionsOf(owner))
    for (const name of functions.keys()) {
      const [, plain, suffix] = /^(.+?)(A?[Ss]ync)$/.exec(name) ?? []
      if (plain === undefined) continue
      twins.push(name)
      const isAsync = Object.prototype.toString.call(functions.get(plain)) === '[object AsyncFunction]'
      t.is(typeof functions.get(plain), 'function', name)
      t.is(isAsync, suffix === 'Sync', name)
    }
  }
  t.deepEqual([...new Set(twins)].sort(), [
    'drainAsync',
    'kallsymsAsync',
    'loadSync',
    'readAsync',
    'setAsync',
    'writeAsync',
  ])
})
