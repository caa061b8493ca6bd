import { BpfError } from '../errors.js'
import type { NativeNetlink } from '../internal/binding.js'
import { littleEndian } from '../internal/byte-order.js'
import { dump } from './dump.js'
import { attributesOf, malformed, messageFlag, messageType, type NetlinkMessage, textOf } from './netlink.js'

// struct tcmsg; linux/pkt_sched.h: TC_H_INGRESS, which is TC_H_CLSACT too
const headerSize = 20
const ingress = 0xffff_fff1
const kind = 1

/** What stands where filters of what comes in are: `ingress`, or `clsact`, which has what goes out besides; undefined for neither. */
export function ingressQdisc(socket: NativeNetlink, ifindex: number): string | undefined {
  const payload = new Uint8Array(headerSize)
  const view = new DataView(payload.buffer)
  view.setInt32(4, ifindex, littleEndian)
  view.setUint32(12, ingress, littleEndian)
  // Without an echo older kernels tell only who listens for every change.
  const flags = messageFlag.acknowledge | messageFlag.echo
  try {
    return dump(socket, { operation: 'query qdisc', type: messageType.getQdisc, flags, payload, read: kindOf })[0]
  } catch (error) {
    // No such qdisc, no such interface.
    if (error instanceof BpfError && (error.code === 'ENOENT' || error.code === 'ENODEV')) return undefined
    throw error
  }
}

function kindOf({ type, payload }: NetlinkMessage): string | undefined {
  if (type !== messageType.newQdisc) return undefined
  if (payload.byteLength < headerSize) throw malformed('message', payload.byteLength)
  const text = attributesOf(payload, headerSize).get(kind)
  return text && textOf(text)
}
