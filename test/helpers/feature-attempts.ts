import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { BpfError, type BpfObject, hasMapType, type OpenObject, open } from 'ebpf'

/** Each function does the smallest thing that needs the feature of its name, and throws when that fails. */

/** On an interface that does not exist: a kernel with TCX says ENODEV, one without EINVAL. */
export function tcx(): void {
  const object = load('on_packet')
  try {
    object.program('on_packet').attachTcx({ interface: 0x7fff_ffff, direction: 'ingress' }).close()
  } catch (error) {
    if (!(error instanceof BpfError) || error.code !== 'ENODEV') throw error
  } finally {
    object.close()
  }
}

export function kprobe(): void {
  const device = '/sys/bus/event_source/devices/kprobe'
  if (!existsSync(device)) throw new Error(`there is no ${device}`)
}

export const fentry = (): void => attach('on_fentry')

/** Only loads it; on the function of a program that is loaded too. */
export function freplace(): void {
  using target = load('call_replaceable', 'objects')
  const object = openOnly('replacement', 'objects')
  object
    .program('replacement')
    .setAttachTarget({ program: target.program('call_replaceable'), function: 'replaceable' })
  object.loadSync().close()
}

export function liveFrames(): void {
  using object = load('drop_frame', 'objects')
  object.program('drop_frame').run({ data: new Uint8Array(64), liveFrames: true })
}

export function arena(): void {
  if (!hasMapType('arena')) throw new Error('arenas cannot be made')
}

export const tpBtf = (): void => attach('on_tp_btf')

/** The verifier refuses a helper that the kernel has not. */
export const cookie = (): void => load('read_cookie').close()

export const netem = (): void => inOwnNetns('tc qdisc add dev lo root netem delay 1ms')

export const vlan = (): void => inOwnNetns('ip link add link lo name tagged type vlan id 5')

function load(program: string, fixture = 'features'): BpfObject {
  return openOnly(program, fixture).loadSync()
}

function openOnly(program: string, fixture: string): OpenObject {
  const object = open(resolve(`test/fixtures/${fixture}.bpf.o`))
  for (const each of object.programs.values()) each.autoload = each.name === program
  // What these programs do without, an old kernel may not have.
  for (const map of object.maps.values()) if (!map.name.includes('.')) map.autocreate = fixture === 'features'
  return object
}

function attach(program: string): void {
  const object = load(program)
  try {
    object.program(program).attach().close()
  } finally {
    object.close()
  }
}

/** The namespace, and what the command made in it, end with the command. */
function inOwnNetns(command: string): void {
  execFileSync('unshare', ['--net', ...command.split(' ')], { stdio: 'pipe' })
}
