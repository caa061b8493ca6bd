import { BpfError } from '../../errors.js'
import { closeEach } from '../../internal/lifetime.js'
import { isResource } from '../../internal/limit-reached.js'
import type { NetworkNamespace } from '../../net/namespace.js'
import type { BpfObject } from '../../object/bpf-object.js'
import { loadBundled } from '../shared/bundled.js'
import { MonitorLinks } from '../shared/monitor-links.js'
import { SocketWalk, walk } from './socket-walk.js'

/** A program and its copy, which must be attached after it (bpf/twice.h). */
const twice = (program: string) => [program, `${program}_again`]

/** What can be followed, with the programs that see it (bpf/socket.bpf.c). */
const programsOf = {
  connections: [...twice('socket_state'), ...twice('socket_destroy')],
  resets: [...twice('socket_reset_sent'), ...twice('socket_reset_received')],
  retransmits: [...twice('socket_retransmit'), 'socket_synack'],
  drops: twice('socket_drop'),
}

export type Followed = keyof typeof programsOf

/** These need tracefs and CONFIG_FTRACE_SYSCALLS. Without them, the process of an accepted connection is only known once it closes it. */
const acceptPrograms = ['socket_accept', 'socket_accept4']
const walkProgram = 'socket_walk'
const ownersProgram = 'socket_owners'

export interface SocketProgramOptions {
  readonly followed: readonly Followed[]
  /** The namespace to follow; undefined for every namespace. */
  readonly netns: NetworkNamespace | undefined
  readonly maxEntries: number
  /** How many connections can be followed at the same time. */
  readonly maxSockets: number
  /** Size in bytes of the ring buffer that gets events instead of tables, and one bit per type of event to write. */
  readonly events?: { readonly ringSize: number; readonly types: number }
}

export interface AttachedSocket {
  readonly object: BpfObject
  readonly links: MonitorLinks
  /** Finds the current owners of the sockets, and counts what living sockets have sent. */
  readonly walk: () => Promise<void>
}

export async function attachSocket(options: SocketProgramOptions): Promise<AttachedSocket> {
  const { followed, netns, maxEntries, maxSockets, events } = options
  const wanted = followed.flatMap((each) => programsOf[each])
  const followsConnections = followed.includes('connections')
  const optional = followsConnections ? acceptPrograms : []
  const loaded = new Set([...wanted, ...optional, walkProgram, ownersProgram])
  const object = await loadBundled('socket', (opened) => {
    opened.globals.filter_netns = netns?.inode ?? 0
    opened.globals.emit_events = events?.types ?? 0
    for (const side of ['a', 'b']) {
      opened.map(`socket_table_${side}`).maxEntries = followsConnections ? maxEntries : 1
      opened.map(`incident_table_${side}`).maxEntries = maxEntries
    }
    opened.map('sockets').maxEntries = followsConnections ? maxSockets : 1
    if (events) opened.map('socket_events').maxEntries = events.ringSize
    for (const program of opened.programs.values()) program.autoload = loaded.has(program.name)
  })
  const links = new MonitorLinks()
  try {
    await links.attach(wanted.map((program) => object.program(program)))
    for (const program of optional) await attachIfPossible(links, object, program)
    const sockets = new SocketWalk(object.program(walkProgram), netns)
    const owners = object.program(ownersProgram)
    let walks = 0
    const walkOwners = () => {
      object.globals.owners_walk = ++walks
      return walk(owners)
    }
    if (followsConnections) {
      await sockets.run()
      object.globals.has_walked = true
      await walkOwners()
    }
    return {
      object,
      links,
      async walk() {
        await walkOwners()
        await sockets.run()
      },
    }
  } catch (error) {
    closeEach([object, links])
    throw error
  }
}

async function attachIfPossible(links: MonitorLinks, object: BpfObject, program: string): Promise<void> {
  try {
    await links.attach([object.program(program)])
  } catch (error) {
    if (!(error instanceof BpfError) || isResource(error.code)) throw error
  }
}
