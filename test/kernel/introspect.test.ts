import test from 'ava'
import { type BpfObject, linkInfo, listLinks, listMaps, listPrograms, mapInfo, open, programInfo } from 'ebpf'
import { btfById, kernelBtf, listBtfs } from 'ebpf/kernel'
import { fixture } from '../helpers/fixture.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { isOlderThan } from '../helpers/kernel-version.js'
import { binding } from '../native/addon.js'

function load(name: string): BpfObject {
  const object = open(fixture('handles'))
  for (const program of object.programs.values()) program.autoload = program.name === name
  return object.loadSync()
}

test('programs, maps and BTFs of the machine are listed, ours among them', (t) => {
  using bpf = load('run_once')
  const { id, btfId } = bpf.program('run_once').info()
  const program = [...listPrograms()].find((each) => each.id === id)
  t.like(program, { name: 'run_once', type: 'sched_cls' })
  t.deepEqual(programInfo(id).mapIds, program?.mapIds)
  const map = [...listMaps()].find((each) => each.id === bpf.map('hits').id)
  t.like(map, { name: 'hits', type: 'hash', keySize: 4, valueSize: 16, maxEntries: 1024, btfId })
  t.is(mapInfo(bpf.map('hits').id).name, 'hits')
  t.deepEqual({ ...mapInfo(bpf.map('hits').id), frozen: false }, bpf.map('hits').info())
  t.like(
    [...listBtfs()].find((each) => each.id === btfId),
    { id: btfId, kernel: false },
  )
  const types = btfById(btfId)
  t.truthy(types.findByName('event', 'STRUCT'))
  t.throws(() => programInfo(0xffff_fff0), { code: 'ENOENT', message: /4294967280/ })
  t.throws(() => btfById(0xffff_fff0), { code: 'ENOENT' })
  t.throws(() => mapInfo(-1), { instanceOf: RangeError, message: /-1/ })
})

kernelTest('the BTF of the kernel and of its modules is read by id', { needs: ['tp_btf'] }, (t) => {
  const kernel = [...listBtfs()].filter((each) => each.kernel)
  const vmlinux = kernel.find((each) => each.name === 'vmlinux')
  // Linux 5.11 gives ids to the kernel's own BTF (36e68442d1af); before that, the list has only the BTF of programs.
  if (isOlderThan('5.11')) {
    t.is(vmlinux, undefined)
    return
  }
  t.is(btfById(vmlinux?.id ?? 0).typeCount, kernelBtf().typeCount)
  t.truthy(kernelBtf().findByName('task_struct', 'STRUCT'))
  const module = kernel.find((each) => each.name !== 'vmlinux')
  if (!module) return
  const types = btfById(module.id)
  t.truthy(types.base)
  t.is(types.typeCount, kernelBtf(module.name).typeCount)
  t.truthy(types.findByName('task_struct', 'STRUCT'))
})

test('a link of a raw tracepoint is listed and describes itself', (t) => {
  using bpf = load('on_raw_tp')
  using link = bpf.program('on_raw_tp').attach()
  const id = bpf.program('on_raw_tp').info().id
  const listed = [...listLinks()].find((each) => each.programId === id)
  t.like(listed, { kind: 'raw_tracepoint', tracepoint: 'sys_enter' })
  t.deepEqual(linkInfo(listed?.id ?? 0), listed)
  t.deepEqual(binding.linkInfo(link.fd), listed)
  t.throws(() => binding.linkInfo(bpf.program('on_raw_tp').fd), { code: 'EINVAL', message: /bpf-prog, not a link/ })
  t.throws(() => binding.programInfo(link.fd, 'program', {}), { code: 'EINVAL', message: /not a program/ })
  t.throws(() => binding.linkInfo(99_999), { code: 'EBADF' })
})

kernelTest('a program tells the type of the kernel’s that it was loaded for', { needs: ['tp_btf'] }, (t) => {
  const object = open(fixture('tracing'))
  object.program('tp_btf').autoload = true
  using bpf = object.loadSync()
  const told = !isOlderThan('6.0')
  const type = kernelBtf().findByName('btf_trace_sys_enter', 'TYPEDEF')?.id ?? -1
  const vmlinux = [...listBtfs()].find(({ name }) => name === 'vmlinux')?.id ?? -1
  t.like(bpf.program('tp_btf').info(), {
    attachBtfTypeId: told ? type : 0,
    attachBtfObjectId: told ? vmlinux : 0,
  })
})

kernelTest('a link of a function’s entry says the type', { needs: ['fentry'] }, (t) => {
  const object = open(fixture('features'))
  for (const program of object.programs.values()) program.autoload = program.name === 'on_fentry'
  using bpf = object.loadSync()
  using link = bpf.program('on_fentry').attach()
  const info = binding.linkInfo(link.fd)
  t.like(info, { kind: 'tracing', attachTypeName: 'trace_fentry' })
  const { attachBtfTypeId } = bpf.program('on_fentry').info()
  if (!isOlderThan('5.13')) t.like(info, { targetBtfTypeId: attachBtfTypeId })
})

kernelTest('a link of a tracepoint is a perf event’s, and says which', { needs: ['bpf_cookie'] }, (t) => {
  using bpf = load('on_tracepoint')
  using link = bpf.program('on_tracepoint').attachTracepoint('raw_syscalls', 'sys_enter', { cookie: 4711n })
  const fd = link.fd
  const info = [...listLinks()].find((each) => each.programId === bpf.program('on_tracepoint').info().id)
  t.is(info?.kind, 'perf_event')
  t.true(fd >= 0)
  if (!isOlderThan('6.6')) t.like(info, { event: 'tracepoint', tracepoint: 'sys_enter' })
  if (!isOlderThan('6.9')) t.like(info, { cookie: 4711n })
})

kernelTest('a link of a kprobe says the function', { needs: ['kprobe', 'bpf_cookie'] }, (t) => {
  using bpf = load('on_kprobe')
  using _link = bpf.program('on_kprobe').attach()
  const info = [...listLinks()].find((each) => each.programId === bpf.program('on_kprobe').info().id)
  t.is(info?.kind, 'perf_event')
  if (!isOlderThan('6.6')) t.like(info, { event: 'kprobe', function: 'vfs_read', offset: 0 })
})

kernelTest('a TCX link says the interface', { needs: ['tcx'] }, (t) => {
  using bpf = load('run_once')
  const lo = binding.interfaceIndex('lo', {})
  // On loopback the program sees packets and its result lets them pass: it is detached at once.
  using link = bpf.program('run_once').attachTcx({ interface: lo, direction: 'ingress' })
  t.like(binding.linkInfo(link.fd), { kind: 'tcx', ifindex: lo, attachTypeName: 'tcx_ingress' })
})
