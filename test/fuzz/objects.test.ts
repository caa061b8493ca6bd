import { mkdirSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs'
import { basename, join } from 'node:path'
import test from 'ava'
import { BpfError, BtfError, type OpenObject, open } from 'ebpf'
import { Random, seedOfRun } from '../helpers/random.js'
import { elfRegions, mutate } from './mutate.js'

/*
 * Mutated objects are opened, looked at and loaded; each may fail only by an error of the package. A crash takes the whole process, so
 * the round is written to .cache/fuzz/OBJECT first: SEED and FROM, in the environment, repeat it.
 */
const seed = seedOfRun(20_260_101)
const from = Number(process.env.FROM ?? 0)
const opened = Number(process.env.ROUNDS ?? 15_000)
const loaded = opened / 30

/** Bytes that the maps of a mutated object may ask the kernel for. */
const memoryLimit = 16 * 2 ** 20

test('the addon is the one that is watched', (t) => {
  const mapped = readFileSync('/proc/self/maps', 'utf8')
  t.true(mapped.includes(`${process.env.EBPF_PREBUILD}/build/Release/ebpf.node`))
  t.true(mapped.includes('libasan'))
})

for (const path of ['bpf', 'test/fixtures'].flatMap(objectsIn)) {
  const original = new Uint8Array(readFileSync(path))
  const regions = elfRegions(original)

  test.serial(`${opened} mutations of ${path} are opened or refused`, (t) => {
    t.timeout(1_800_000)
    rounds(path, opened, (random) => {
      using object = open(mutate(original, regions, random))
      exercise(object)
    })
    t.pass()
  })

  test.serial(`${loaded} mutations of ${path} are loaded or refused`, (t) => {
    t.timeout(1_800_000)
    rounds(path, loaded, (random) => {
      using object = open(mutate(original, regions, random))
      if (memoryOf(object) > memoryLimit) return
      using bpf = object.loadSync()
      for (const name of bpf.mapNames) tolerate(() => bpf.map(name)[Symbol.iterator]().next())
    })
    t.pass()
  })
}

function rounds(path: string, count: number, attempt: (random: Random) => void): void {
  mkdirSync('.cache/fuzz', { recursive: true })
  const last = openSync(join('.cache/fuzz', basename(path)), 'w')
  for (let round = from; round < from + count; round++) {
    writeSync(last, `${round} `, 0)
    try {
      tolerate(() => attempt(new Random(Math.imul(seed, 1_000_003) + round)))
    } catch (error) {
      throw new Error(`SEED=${seed} FROM=${round}`, { cause: error })
    }
  }
}

/** What can be asked of an open object. */
function exercise(object: OpenObject): void {
  for (const name of Object.keys(object.globals)) {
    tolerate(() => {
      const value = object.globals[name]
      object.globals[name] = value
    })
  }
  for (const map of object.maps.values()) {
    tolerate(() => {
      map.maxEntries = Math.max(1, map.maxEntries)
    })
  }
  for (const program of object.programs.values()) program.autoload = !program.autoload
}

const memoryOf = (object: OpenObject) =>
  [...object.maps.values()].reduce((sum, map) => sum + map.maxEntries * (map.keySize + map.valueSize), 0)

/** RangeError and TypeError are what a caller of the wrong type gets; nothing else of JavaScript's may come out. */
function tolerate(run: () => unknown): void {
  try {
    run()
  } catch (error) {
    const expected = [BpfError, BtfError, RangeError, TypeError]
    if (!expected.some((type) => error instanceof type)) throw error
  }
}

function objectsIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.bpf.o'))
    .map((file) => join(folder, file))
}
