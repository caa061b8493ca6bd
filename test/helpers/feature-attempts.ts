import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { BpfError, type BpfObject, createMap, type MapKind, open, u32 } from 'ebpf'

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

export const tpBtf = (): void => attach('on_tp_btf')

/** The verifier refuses a helper that the kernel has not. */
export const cookie = (): void => load('read_cookie').close()

export const netem = (): void => inOwnNetns('tc qdisc add dev lo root netem delay 1ms')

export const vlan = (): void => inOwnNetns('ip link add link lo name tagged type vlan id 5')

/** A map of that kind can be made. */
export const mapKind =
  (type: MapKind, valueSize: number, maxEntries = 0) =>
  (): void =>
    createMap({ type, name: 'attempt', valueSize, maxEntries }).close()

/** A hash map's entries can be looked up and deleted in one step. */
export function take(): void {
  using map = createMap({ type: 'hash', name: 'attempt', key: u32, value: u32, maxEntries: 1 })
  map.set(1, 1)
  map.take(1)
}

function load(program: string): BpfObject {
  const object = open(resolve('test/fixtures/features.bpf.o'))
  for (const each of object.programs.values()) each.autoload = each.name === program
  return object.loadSync()
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
