import { Resolver } from 'node:dns/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { Names } from '../../lib/cli/names.js'

test('names come later, are asked for once, and an address without one stays', async (t) => {
  const asked: string[] = []
  let named = 0
  using names = new Names({
    resolve: async (address) => {
      asked.push(address)
      if (address === '::1') return ['host.example', 'other.example']
      throw new Error('ENOTFOUND')
    },
    onName: () => named++,
  })
  t.deepEqual(
    ['::1', '::2', '::1'].map((address) => names.of(address)),
    ['::1', '::2', '::1'],
  )
  await sleep(5)
  t.deepEqual(
    ['::1', '::2'].map((address) => names.of(address)),
    ['host.example', '::2'],
  )
  t.deepEqual(asked, ['::1', '::2'])
  t.is(named, 1)
})

test('few are asked about at the same time, and what is remembered is bounded', async (t) => {
  let running = 0
  let most = 0
  using names = new Names({
    resolve: async (address) => {
      most = Math.max(most, ++running)
      await sleep(1)
      running--
      return [`name-of-${address}`]
    },
    capacity: 10,
    concurrency: 2,
  })
  const addresses = Array.from({ length: 50 }, (_, i) => `10.0.0.${i}`)
  for (let times = 0; times < 40; times++) {
    for (const address of addresses) names.of(address)
    await sleep(2)
  }
  t.is(most, 2)
  t.true(addresses.filter((address) => names.of(address) !== address).length <= 10)
})

test('of many only a few wait, and those are asked about when others have been answered', async (t) => {
  const asked: string[] = []
  using names = new Names({
    resolve: async (address) => {
      asked.push(address)
      return []
    },
    concurrency: 1,
  })
  for (let i = 0; i < 50; i++) names.of(String(i))
  await sleep(5)
  t.deepEqual(asked, ['0', '1', '2', '3', '4'])
})

test('as many names are remembered as there is room for, the latest', async (t) => {
  const asked: string[] = []
  using names = new Names({
    resolve: async (address) => {
      asked.push(address)
      return [`name-of-${address}`]
    },
    capacity: 2,
  })
  for (const address of ['a', 'b', 'c']) {
    names.of(address)
    await sleep(1)
  }
  t.deepEqual(
    ['b', 'c', 'a'].map((address) => names.of(address)),
    ['name-of-b', 'name-of-c', 'a'],
  )
  t.deepEqual(asked, ['a', 'b', 'c', 'a'])
})

test.serial('a question that is not answered yet does not keep the process', (t) => {
  const { reverse, cancel } = Resolver.prototype
  let cancelled = 0
  Resolver.prototype.reverse = () => new Promise(() => {})
  Resolver.prototype.cancel = () => cancelled++
  t.teardown(() => Object.assign(Resolver.prototype, { reverse, cancel }))
  const names = new Names()
  names.of('192.0.2.1')
  t.is(cancelled, 0)
  names[Symbol.dispose]()
  t.is(cancelled, 1)
})

test('nobody is asked when all is over, and an answer that comes then changes nothing', async (t) => {
  const asked: string[] = []
  let answer = () => {}
  const answered = new Promise<void>((resolve) => {
    answer = resolve
  })
  let named = 0
  const names = new Names({
    resolve: async (address) => {
      asked.push(address)
      await answered
      return [`name-of-${address}`]
    },
    onName: () => named++,
    concurrency: 1,
  })
  for (let i = 0; i < 50; i++) names.of(String(i))
  t.deepEqual(asked, ['0'])
  names[Symbol.dispose]()
  answer()
  await sleep(1)
  t.deepEqual(asked, ['0'])
  t.is(named, 0)
})
