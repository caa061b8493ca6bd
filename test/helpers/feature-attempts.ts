import { execFileSync } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { BpfError, type BpfObject, createMap, type MapType, type OpenObject, open, queryPrograms, u32 } from 'ebpf'
import { inCgroup } from './cgroup.js'
import { fixture } from './fixture.js'
import { loadOnly } from './load.js'

/** Each function does the smallest thing that needs the feature it is named after, and throws if that fails. */

/** On an interface that does not exist: a kernel with TCX returns ENODEV, one without returns EINVAL. */
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

export const netkit = (): void => inOwnNetns('ip link add type netkit')

export const netfilter = (): void => loadOnly('network', ['drop_all']).close()

export function sockmapQuery(): void {
  using bpf = loadOnly('sockmap', [])
  queryPrograms({ map: bpf.map('sockets'), attachType: 'sk_msg_verdict' })
}

/** Without links, the program is attached to the map anyway. */
export function sockmapLink(): void {
  using bpf = loadOnly('sockmap', ['on_send'])
  using link = bpf.program('on_send').attachSockmap(bpf.map('sockets'))
  if (link.fd < 0) throw new Error('the program is attached without a link')
}

export function oneCpu(): void {
  using map = createMap({ type: 'percpu_array', value: u32, maxEntries: 1 })
  map.getCpu(0, 0)
}

export const cgroupUnix = (): void => loadOnly('cgroup', ['connect_unix']).close()

export function cgroupAnchor(): void {
  using bpf = loadOnly('cgroup', ['connect4'])
  inCgroup((path) => bpf.program('connect4').attachCgroup({ path, anchor: 'first' }).close())
}

/** The function that writes has had its present name since Linux 6.18; the streams are older. */
export function programStream(): void {
  using bpf = loadOnly('streams', ['write_streams'])
  bpf.program('write_streams').run({ data: new Uint8Array(64) })
  if (bpf.globals.result !== 0) throw new Error(`writing to the stream returned ${bpf.globals.result}`)
  bpf.program('write_streams').readStream('stdout')
}

/** Some kernels have no memory for the text: kmalloc_nolock always fails on them. */
export function lacksStreamMemory(): string | undefined {
  using bpf = loadOnly('streams', ['write_streams'])
  bpf.program('write_streams').run({ data: new Uint8Array(64) })
  return bpf.globals.result === -12 ? 'memory for the text (ENOMEM)' : undefined
}

export function exclusiveMap(): void {
  const object = open(fixture('streams'))
  for (const program of object.programs.values()) program.autoload = program.name === 'owner'
  object.map('secret').exclusiveProgram = 'owner'
  object.loadSync().close()
}

export function associatedStructOps(): void {
  using ops = open(fixture('struct_ops')).loadSync()
  using bpf = loadOnly('streams', ['owner'])
  bpf.program('owner').associateStructOps(ops.map('plain'))
}

/**
 * A loader runs asynchronously, which an attempt cannot. The kernel has the function if it was built to verify
 * signatures.
 */
export function signedLoader(): void {
  exclusiveMap()
  if (!/ verify_pkcs7_signature$/m.test(readFileSync('/proc/kallsyms', 'latin1'))) {
    throw new Error('the kernel verifies no signatures')
  }
}

/** An event's link is a kernel link: its descriptor is not that of the perf event. */
export function perfLink(): void {
  using bpf = loadOnly('handles', ['on_tracepoint'])
  using link = bpf.program('on_tracepoint').attach()
  if (!readlinkSync(`/proc/self/fd/${link.fd}`).includes('bpf_link')) throw new Error('the event has no link')
}

export function kprobe(): void {
  const device = '/sys/bus/event_source/devices/kprobe'
  if (!existsSync(device)) throw new Error(`there is no ${device}`)
}

export const fentry = (): void => attach('on_fentry')

export function liveFrames(): void {
  using object = load('drop_frame', 'objects')
  // Linux 5.10 ignores the flag, and rejects a batch size.
  object.program('drop_frame').run({ data: new Uint8Array(64), liveFrames: true, batchSize: 1 })
}

export const tpBtf = (): void => attach('on_tp_btf')

/** The verifier rejects a helper that the kernel lacks. */
export const cookie = (): void => load('read_cookie').close()

export const netem = (): void => inOwnNetns('tc qdisc add dev lo root netem delay 1ms')

export const vlan = (): void =>
  // Loopback does not take VLANs.
  inOwnNetns('ip link add left type veth peer name right && ip link add link left name tagged type vlan id 5')

export const macvlan = (): void =>
  inOwnNetns('ip link add left type veth peer name right && ip link add link left name side type macvlan mode bridge')

export const userNamespace = (): void => {
  execFileSync('unshare', ['--user', '--map-root-user', 'true'], { stdio: 'ignore' })
}

/** The kernel refuses user namespaces to a process whose root is not that of its mount namespace, as in a guest. */
export const lacksUserNamespaces = (): string | undefined =>
  statSync('/').ino === statSync('/proc/1/root/.').ino && statSync('/').dev === statSync('/proc/1/root/.').dev
    ? undefined
    : 'a root that was not changed'

/** A bpffs from which tokens can be created, for a user namespace. */
export function token(): void {
  userNamespace()
  const mount = ['mount', '-t', 'bpf', '-o', 'delegate_cmds=any', 'bpf', '/sys/fs/bpf']
  execFileSync('unshare', ['--mount', ...mount], { stdio: 'ignore' })
}

// If it is a module, nothing loads it automatically, because its device file is part of it.
export const tun = (): void => inOwnNetns('modprobe -q tun || true; ip tuntap add dev tun0 mode tun')

/** Creates a map of that type. */
export const mapKind =
  (type: MapType, valueSize: number, maxEntries = 0) =>
  (): void =>
    createMap({ type, name: 'attempt', valueSize, maxEntries }).close()

/** Linux 5.10 creates such maps, but they cannot hold anything unless it was booted with BPF among its LSMs. */
export function inodeStorage(): void {
  using map = createMap({ type: 'inode_storage', name: 'attempt', valueSize: 8 })
  const fd = openSync('/', 'r')
  try {
    map.set(fd, new Uint8Array(8))
  } finally {
    closeSync(fd)
  }
}

/** A hash map's entries can be looked up and deleted in one step. */
export function take(): void {
  using map = createMap({ type: 'hash', name: 'attempt', key: u32, value: u32, maxEntries: 1 })
  map.set(1, 1)
  map.take(1)
}

function load(program: string, fixture = 'features'): BpfObject {
  return openOnly(program, fixture).loadSync()
}

function openOnly(program: string, fixture: string): OpenObject {
  const object = open(resolve(`test/fixtures/${fixture}.bpf.o`))
  for (const each of object.programs.values()) each.autoload = each.name === program
  // An old kernel may lack the maps that these programs do not need.
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

/** The namespace, and what the command created in it, end with the command. */
function inOwnNetns(command: string): void {
  execFileSync('unshare', ['--net', 'sh', '-c', command], { stdio: 'pipe' })
}
