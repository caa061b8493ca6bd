import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import { type BpfObject, open, type Program } from 'ebpf'
import { lacksProbes } from './addon-file.js'
import { fixture } from './fixture.js'
import { hasKernelSymbol } from './kernel-version.js'
import { load, loadSleepable } from './tracing.js'

/** Like feature-attempts.ts, for the attach targets of tracing programs. */

export function uprobe(): void {
  const device = '/sys/bus/event_source/devices/uprobe'
  if (!existsSync(device)) throw new Error(`there is no ${device}`)
}

export function usdt(): void {
  uprobe()
  const lacking = lacksProbes()
  if (lacking !== undefined) throw new Error(lacking)
}

export const uprobeMulti = (): void =>
  attach('uprobe_multi', (program) => program.attachUprobeMulti('libc.so.6', { symbols: ['getpriority'], pid: 1 }))

export const uprobeSession = (): void =>
  attach('uprobe_session', (program) => program.attachUprobeSession('libc.so.6', { symbols: ['getpriority'], pid: 1 }))

export const sleepable = (program: string) => (): void => loadSleepable(program).close()

export const kprobeMulti = (): void =>
  attach('kprobe_multi', (program) => program.attachKprobeMulti({ symbols: ['vfs_read'] }))

export const kprobeSession = (): void =>
  attach('kprobe_session', (program) => program.attachKprobeSession({ symbols: ['vfs_read'] }))

export const traceCookie = (): void => attach('fentry_cookie', (program) => program.attachTrace({ cookie: 1n }))

export const traceSession = (): void => attach('fsession', (program) => program.attachTrace())

export const rawTracepointCookie = (): void =>
  attach('raw_tracepoint_cookie', (program) => program.attachRawTracepoint('sys_enter', { cookie: 1n }))

/** fprobe, on which kprobe.multi is based, has this function if it is built in. */
export const lacksFprobe = () => (hasKernelSymbol('register_fprobe') ? undefined : 'CONFIG_FPROBE')

/** Sleepable fentry programs can only be attached to functions that allow error injection, and to a few more. */
export function lacksErrorInjection(): string | undefined {
  return hasKernelSymbol('within_error_injection_list') ? undefined : 'CONFIG_FUNCTION_ERROR_INJECTION'
}

/** CONFIG_LSM or the boot parameters decide which LSMs are in use. */
export function lacksBpfLsm(): string | undefined {
  const read = 'mount -t securityfs securityfs /sys/kernel/security && cat /sys/kernel/security/lsm'
  const inUse = execFileSync('unshare', ['--mount', 'sh', '-c', read], { encoding: 'utf8' }).trim().split(',')
  return inUse.includes('bpf') ? undefined : 'bpf is not one of its LSMs'
}

/** A kernel that was booted without it attaches the program, but never calls it. */
export function lsm(): void {
  using bpf = load('tracing', 'lsm')
  using _link = bpf.program('lsm').attachLsm()
  readFileSync('/proc/self/comm')
  if (bpf.globals.hits === 0n) throw new Error('the program was attached and not called')
}

export function freplace(): void {
  using target = load('tracing', 'calls_replaceable')
  using bpf = loadReplacement(target.program('calls_replaceable'))
  bpf.program('replacement').attachFreplace().close()
}

/** freplace.bpf.c for that program. */
export function loadReplacement(target: Program): BpfObject {
  const object = open(fixture('freplace'))
  object.program('replacement').setAttachTarget({ program: target, function: 'replaceable' })
  return object.loadSync()
}

export function iterTask(): void {
  using bpf = load('iterators', 'print_tasks')
  bpf.program('print_tasks').attachIterator({ pid: process.pid }).close()
}

export function loads(file: string, ...programs: string[]): void {
  load(file, ...programs).close()
}

function attach(name: string, how: (program: Program) => Disposable): void {
  using bpf = load('tracing', name)
  using _link = how(bpf.program(name))
  getPriority()
}
