import { statSync } from 'node:fs'
import { open } from 'ebpf'
import { hasAttach } from 'ebpf/kernel'

const warnings: string[] = []
const object = open('slow.bpf.o', { onLog: (level, message) => level === 'warn' && warnings.push(message) })
object.globals.process = process.pid // a constant for the verifier
object.globals.threshold = 0n // an initial value
object.map('started').maxEntries = 1024
const typed = hasAttach('tp_btf')
object.program('enter_btf').autoload = typed
object.program('enter_raw').autoload = !typed

using bpf = await object.load()
using links = bpf.attach() // every program that was loaded
console.log(`${links.length} programs attached, ${warnings.length} warnings`)

const work = () => {
  const before = bpf.globals.slow as bigint
  for (let i = 0; i < 100; i++) statSync('.')
  return (bpf.globals.slow as bigint) - before
}
console.log(`longer than 0 ns: ${work()}`)
bpf.globals.threshold = 3600n * 10n ** 9n // while the programs run
console.log(`longer than an hour: ${work()}`)
