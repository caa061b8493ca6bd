import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { release } from 'node:os'
import test from 'ava'
import { hasAttach, hasHelper, hasMapType, hasProgramType, kernelConfig, kernelFacts } from 'ebpf/kernel'
import { whyMissing } from '../helpers/features.js'
import { isOlderThan } from '../helpers/kernel-version.js'
import '../helpers/no-leaks.js'

test('program types are probed by libbpf’s names', (t) => {
  for (const type of ['xdp', 'sched_cls', 'raw_tracepoint', 'cgroup_skb']) t.true(hasProgramType(type), type)
  const config = kernelConfig()
  if (isOlderThan('6.4')) t.false(hasProgramType('netfilter'))
  else if (config) t.is(hasProgramType('netfilter'), config.has('NETFILTER_BPF_LINK'))
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
  const config = kernelConfig()
  for (const [kind, minimumKernel, option] of [
    ['uprobe.multi', '6.6', 'UPROBE_EVENTS'],
    ['kprobe.multi', '5.19', 'FPROBE'],
    ['netkit', '6.7', 'NETKIT'],
  ] as const) {
    if (isOlderThan(minimumKernel)) t.false(hasAttach(kind), kind)
    else if (config) t.is(hasAttach(kind), config.has(option), kind)
  }
  t.true(hasAttach('raw_tracepoint'))
  // Programs of that type are loaded, but never called.
  const modules = '/sys/kernel/security/lsm'
  if (!existsSync(modules) || !readFileSync(modules, 'utf8').split(',').includes('bpf')) t.false(hasAttach('lsm'))
  t.throws(() => hasAttach('no_such' as 'tcx'), { instanceOf: RangeError, message: /no_such/ })
})

test('the kernel’s settings are told as its files have them', (t) => {
  const facts = kernelFacts()
  const setting = (name: string) =>
    existsSync(`/proc/sys/${name}`) ? Number(readFileSync(`/proc/sys/${name}`)) : undefined
  const jit = setting('net/core/bpf_jit_enable')
  t.is(facts.jit, jit === undefined ? undefined : (['off', 'on', 'debug'] as const)[jit])
  t.is(facts.unprivilegedBpfDisabled as number | undefined, setting('kernel/unprivileged_bpf_disabled'))
  t.is(facts.kptrRestrict, setting('kernel/kptr_restrict'))
  t.is(facts.perfEventParanoid, setting('kernel/perf_event_paranoid'))
  const lockdown = '/sys/kernel/security/lockdown'
  if (existsSync(lockdown)) t.true(readFileSync(lockdown, 'utf8').includes(`[${facts.lockdown}]`))
  t.is(facts.btf, existsSync('/sys/kernel/btf/vmlinux'))
  t.false(facts.btfModules.includes('vmlinux'))
  if (facts.btf) t.is(facts.btfModules.length, readdirSync('/sys/kernel/btf').length - 1)
  t.is(facts.release, execFileSync('uname', ['-r'], { encoding: 'utf8' }).trim())
  t.deepEqual(facts.missingCapabilities, [])
  t.is(facts.bpffs, '/sys/fs/bpf')
  t.is(facts.tracefs, '/sys/kernel/tracing')
})

test('the kernel’s configuration has every option that is set, with numbers and text as they are', (t) => {
  const config = kernelConfig()
  const [command, file] = existsSync('/proc/config.gz')
    ? ['zcat', '/proc/config.gz']
    : ['cat', `/boot/config-${release()}`]
  if (!existsSync(file)) {
    t.is(config, undefined)
    return
  }
  const lines = execFileSync(command, [file], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => /^CONFIG_\w+=/.test(line))
  t.deepEqual(
    Array.from(config ?? [], ([name, value]) => `CONFIG_${name}=${value}`),
    lines,
  )
})
