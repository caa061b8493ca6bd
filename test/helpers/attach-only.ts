import type { NetworkNamespace } from '../../lib/cli/demo/namespace.js'
import { closeAll } from '../../lib/internal/lifetime.js'
import type { Link } from '../../lib/link/link.js'
import { loadBundled } from '../../lib/monitors/shared/bundled.js'
import { EpochTable } from '../../lib/monitors/shared/epoch-table.js'
import type { Retransmit } from '../../lib/monitors/tcp/retransmit.js'
import { retransmitDecoder } from '../../lib/monitors/tcp/retransmit-decoder.js'
import { SocketWalk } from '../../lib/monitors/tcp/socket-walk.js'
import { networkNamespace } from '../../lib/net/namespace.js'
import type { BpfObject } from '../../lib/object/bpf-object.js'

export interface Attached extends Disposable {
  readonly object: BpfObject
  /** Visits the sockets of the namespace, as a monitor does when it opens and before each snapshot. */
  walk(): Promise<void>
}

/** Attaches only these programs of a monitor's object, in one namespace: as if the kernel skipped the others. */
export async function attachOnly(
  name: 'retransmit' | 'socket',
  programs: readonly string[],
  netns: NetworkNamespace,
): Promise<Attached> {
  const walkProgram = `${name}_walk`
  const object = await loadBundled(name, (opened) => {
    opened.globals.filter_netns = netns.inode
    for (const program of opened.programs.values()) program.autoload = [walkProgram, ...programs].includes(program.name)
  })
  const links: Link[] = []
  const walk = new SocketWalk(object.program(walkProgram), networkNamespace({ netns: netns.path }))
  const attached = { object, walk: () => walk.run(), [Symbol.dispose]: () => closeAll([object, ...links]) }
  try {
    await walk.run()
    for (const program of programs) links.push(object.program(program).attach())
    return attached
  } catch (error) {
    attached[Symbol.dispose]()
    throw error
  }
}

/** The contents of the retransmit program's table. */
export async function retransmitRows({ object }: Attached): Promise<Retransmit[]> {
  if (!object.btf) throw new TypeError('the retransmit program has no BTF')
  const rows: Retransmit[] = []
  const tables = ['retransmit_table_a', 'retransmit_table_b'] as const
  await new EpochTable(object, { slot: 'retransmit_epochs', tables }).swap(retransmitDecoder(object.btf)(rows))
  return rows
}
