import { mkdirSync, rmdirSync, unlinkSync } from 'node:fs'
import { open } from 'ebpf'
import { fixture } from '../helpers/fixture.js'
import { kernelTest } from '../helpers/kernel-test.js'

kernelTest('a pinned map of another definition is told by its path and by what differs', {}, (t) => {
  const folder = `/sys/fs/bpf/mismatch-${process.pid}`
  mkdirSync(folder)
  const opened = (valueSize: number) => {
    const object = open(fixture('objects'))
    const map = object.map('plain')
    map.pinPath = `${folder}/plain`
    map.valueSize = valueSize
    for (const other of ['pinned', 'outer', 'stacks']) object.map(other).autocreate = false
    for (const program of object.programs.values()) program.autoload = false
    return object
  }
  try {
    using _first = opened(8).loadSync()
    const message = new RegExp(`pinned at ${folder}/plain is not the object's map 'plain': its valueSize is 8, not 16;`)
    t.throws(() => opened(16).loadSync(), { code: 'EINVAL', message })
  } finally {
    unlinkSync(`${folder}/plain`)
    rmdirSync(folder)
  }
})
