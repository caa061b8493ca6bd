import { getPriority } from 'node:os'
import { BpfError, open } from 'ebpf'
import { fixture } from '../helpers/fixture.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { load } from '../helpers/tracing.js'

kernelTest('a whole object attaches: what names a target runs, the rest is skipped', { needs: ['uprobe'] }, (t) => {
  using bpf = load('autoattach')
  const links = bpf.attach()
  t.deepEqual(
    [...links].map(({ kind, program }) => [kind, program]),
    [
      ['raw_tp', 'on_raw_tp'],
      ['uprobe', 'on_uprobe'],
    ],
  )
  t.is(links.length, 2)
  t.deepEqual(links.skipped, ['kprobe_without_target', 'packet'])
  t.is(links.get('on_uprobe')?.kind, 'uprobe')
  t.is(links.get('packet'), undefined)
  getPriority()
  t.is(bpf.globals.uprobe_hits, 1n)
  t.true((bpf.globals.raw_hits as bigint) > 0n)
  links.close()
  links.close()
  getPriority()
  t.is(bpf.globals.uprobe_hits, 1n)
  t.true([...links].every(({ closed }) => closed))
})

kernelTest('a program that was given another type than its section says is skipped', {}, (t) => {
  const object = open(fixture('autoattach'))
  for (const program of object.programs.values()) program.autoload = program.name === 'on_raw_tp'
  object.program('on_raw_tp').type = 'tracepoint'
  using bpf = object.loadSync()
  using links = bpf.attach()
  t.is(links.length, 0)
  t.deepEqual(links.skipped, ['on_raw_tp'])
  bpf.program('on_raw_tp').attachTracepoint('sched', 'sched_process_exec').close()
})

kernelTest('a program that is not to be attached with its object is left out, and attached by itself', {}, (t) => {
  const object = open(fixture('autoattach'))
  for (const program of object.programs.values()) program.autoload = program.name === 'on_raw_tp'
  object.program('on_raw_tp').autoattach = false
  using bpf = object.loadSync()
  using links = bpf.attach()
  t.deepEqual([links.length, links.skipped], [0, []])
  bpf.program('on_raw_tp').attach().close()
})

kernelTest('where one program fails to attach, none stays attached', { needs: ['uprobe'] }, (t) => {
  using bpf = load('autoattach', 'on_nothing')
  t.throws(() => bpf.attach(), { instanceOf: BpfError, message: /on_nothing to tp\/no_such\/tracepoint/ })
  bpf.globals.raw_hits = 0n
  getPriority()
  t.is(bpf.globals.uprobe_hits, 0n)
  t.is(bpf.globals.raw_hits, 0n)
})

kernelTest('struct_ops maps are attached with their object', { needs: ['struct_ops'] }, (t) => {
  using bpf = load('struct_ops')
  using links = bpf.attach()
  t.deepEqual(
    [...links].map(({ kind, program }) => [kind, program]),
    [['struct_ops', 'plain']],
  )
  t.deepEqual(links.skipped, [])
})
