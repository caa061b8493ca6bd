import test from 'ava'
import { hasAttach, hasHelper, hasMapType, hasProgramType, kernelConfig, kernelFacts } from 'ebpf'
import { whyMissing } from '../helpers/features.js'
import { isOlderThan } from '../helpers/kernel-version.js'
import '../helpers/no-leaks.js'

test('program types are probed by libbpf’s names', (t) => {
  for (const type of ['xdp', 'sched_cls', 'raw_tracepoint', 'cgroup_skb']) t.true(hasProgramType(type), type)
  t.is(hasProgramType('netfilter'), !isOlderThan('6.4') && kernelConfig()?.get('NETFILTER_BPF_LINK') !== undefined)
  t.throws(() => hasProgramType('no_such'), { instanceOf: RangeError, message: /no_such.*xdp/ })
})

test('map types are probed by libbpf’s names', (t) => {
  for (const type of ['hash', 'ringbuf', 'array_of_maps']) t.true(hasMapType(type), type)
  t.is(hasMapType('arena'), !isOlderThan('6.9'))
  t.is(hasMapType('bloom_filter'), !isOlderThan('5.16'))
  t.throws(() => hasMapType('no_such'), { instanceOf: RangeError, message: /no_such/ })
})

test('helpers are probed for a program type', (t) => {
  t.true(hasHelper('xdp', 'bpf_redirect_map'))
  t.true(hasHelper('xdp', 'redirect_map'))
  t.false(hasHelper('socket_filter', 'bpf_redirect_map'))
  t.is(hasHelper('kprobe', 'bpf_get_attach_cookie'), hasProgramType('kprobe') && !isOlderThan('5.15'))
  t.throws(() => hasHelper('xdp', 'bpf_no_such'), { instanceOf: RangeError, message: /bpf_no_such/ })
  t.throws(() => hasHelper('tracing', 'bpf_ktime_get_ns'), { code: 'ENOTSUP' })
})

test('ways to attach are what attaching shows', (t) => {
  t.is(hasAttach('tcx'), whyMissing('tcx') === undefined)
  t.is(hasAttach('kprobe'), whyMissing('kprobe') === undefined)
  t.is(hasAttach('fentry'), whyMissing('fentry') === undefined)
  t.is(hasAttach('tp_btf'), whyMissing('tp_btf') === undefined)
  t.is(hasAttach('uprobe.multi'), !isOlderThan('6.6') && kernelConfig()?.get('UPROBE_EVENTS') === 'y')
  t.is(hasAttach('kprobe.multi'), !isOlderThan('5.18') && kernelConfig()?.get('FPROBE') === 'y')
  t.is(hasAttach('netkit'), !isOlderThan('6.7') && kernelConfig()?.get('NETKIT') === 'y')
  t.true(hasAttach('raw_tracepoint'))
  t.throws(() => hasAttach('no_such' as 'tcx'), { instanceOf: RangeError, message: /no_such/ })
})

test('the kernel’s settings are told', (t) => {
  const facts = kernelFacts()
  t.deepEqual(facts.missingCapabilities, [])
  t.is(facts.bpffs, '/sys/fs/bpf')
  t.is(facts.tracefs, '/sys/kernel/tracing')
  t.true(facts.jit === undefined || ['off', 'on', 'debug'].includes(facts.jit))
  t.true(facts.kptrRestrict !== undefined && facts.kptrRestrict >= 0)
})
