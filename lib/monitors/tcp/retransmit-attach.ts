import { BpfError, PermissionError } from '../../errors.js'
import { bpfError } from '../../internal/bpf-error.js'
import { closeEach } from '../../internal/lifetime.js'
import { isResource } from '../../internal/limit-reached.js'
import { addonOperation } from '../../internal/load-addon.js'
import type { NetworkNamespace } from '../../net/namespace.js'
import type { BpfObject } from '../../object/bpf-object.js'
import { loadBundled } from '../shared/bundled.js'
import { MonitorLinks } from '../shared/monitor-links.js'
import { SocketWalk } from './socket-walk.js'

/**
 * How retransmissions are traced. All three count the same; `tp_btf` costs least, `kprobe` sees each attempt on every
 * kernel, `tracepoint` needs tracefs. All need the kernel's BTF.
 */
export type RetransmitMode = 'tp_btf' | 'kprobe' | 'tracepoint'

/** Programs that every mode needs, attached before the rest: they see SYN-ACKs, and where each connection's counters begin and end. */
const commonPrograms = [
  'retransmit_state',
  'retransmit_state_again',
  'retransmit_destroy',
  'retransmit_destroy_again',
  'retransmit_synack',
]

/** The modes in the order in which `auto` tries them, with the programs of each (bpf/retransmit.bpf.c). */
const programsOf: Record<RetransmitMode, readonly string[]> = {
  tp_btf: [...commonPrograms, 'retransmit_skb_btf', 'retransmit_skb_btf_again'],
  kprobe: [...commonPrograms, 'retransmit_skb_enter', 'retransmit_skb_exit'],
  tracepoint: [...commonPrograms, 'retransmit_skb_tp'],
}

const walkProgram = 'retransmit_walk'

export const retransmitModes = Object.keys(programsOf) as RetransmitMode[]

export interface AttachedRetransmit {
  readonly mode: RetransmitMode
  readonly object: BpfObject
  readonly links: MonitorLinks
  /** Counts what is left in the counters of living connections, once `links` are closed. */
  readonly walk: SocketWalk
}

export interface RetransmitProgramOptions {
  /** The namespace to count; undefined for every namespace. */
  readonly netns: NetworkNamespace | undefined
  readonly maxEntries: number
}

/**
 * Attaches by the first mode that works here: what a kernel supports is found by trying it. The programs are loaded at once, and
 * attached once `before` has settled, whether it resolved or rejected.
 */
export async function attachRetransmit(
  modes: readonly RetransmitMode[],
  options: RetransmitProgramOptions,
  before?: Promise<unknown>,
): Promise<AttachedRetransmit> {
  const failures: Error[] = []
  for (const mode of modes) {
    try {
      return await attachMode(mode, options, before)
    } catch (error) {
      if (!(error instanceof BpfError) || concernsAll(error)) throw error
      failures.push(error)
    }
  }
  if (failures.length === 1 && failures[0]) throw failures[0]
  const message = `no way to see retransmissions works here: ${sayOnce(modes, failures)}`
  throw bpfError('ENOTSUP', 'attach the retransmit program', message, new AggregateError(failures))
}

/** `tp_btf, kprobe: what is wrong; tracepoint: what else` */
function sayOnce(modes: readonly RetransmitMode[], failures: readonly Error[]): string {
  const messages = failures.map(({ message }) => message)
  const modesOf = (message: string) => modes.filter((_, i) => messages[i] === message).join(', ')
  return [...new Set(messages)].map((message) => `${modesOf(message)}: ${message}`).join('; ')
}

/** Errors that every other mode would have too. A lack of descriptors or memory is also one: it says nothing about the kernel. */
const concernsAll = (error: BpfError) =>
  error.operation === addonOperation ||
  isResource(error.code) ||
  (error instanceof PermissionError && error.missing.length > 0)

async function attachMode(
  mode: RetransmitMode,
  options: RetransmitProgramOptions,
  before: Promise<unknown> | undefined,
): Promise<AttachedRetransmit> {
  const isLoaded = (program: string) => program === walkProgram || programsOf[mode].includes(program)
  const object = await loadBundled('retransmit', (opened) => {
    opened.globals.filter_netns = options.netns?.inode ?? 0
    opened.map('retransmit_table_a').maxEntries = options.maxEntries
    opened.map('retransmit_table_b').maxEntries = options.maxEntries
    for (const program of opened.programs.values()) program.autoload = isLoaded(program.name)
  })
  const links = new MonitorLinks()
  await before?.catch(() => {}) // whoever opened that reports its error
  try {
    const walk = new SocketWalk(object.program(walkProgram), options.netns)
    await walk.run()
    await links.attach(programsOf[mode].map((program) => object.program(program)))
    return { mode, object, links, walk }
  } catch (error) {
    closeEach([object, links])
    throw error
  }
}
