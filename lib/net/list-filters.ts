import type { NativeNetlink } from '../internal/binding.js'
import { littleEndian } from '../internal/byte-order.js'
import { dump } from './dump.js'
import { attributesOf, malformed, messageType, type NetlinkMessage, textOf } from './netlink.js'

/** A clsact filter that runs a program; `attachClsact` replaces it by its priority and handle. */
export interface ClsactFilter {
  readonly id: number
  readonly priority: number
  readonly handle: number
}

// struct tcmsg: family, padding, int ifindex, __u32 handle, __u32 parent, __u32 info. linux/pkt_sched.h, linux/pkt_cls.h
const headerSize = 20
const clsact = { ingress: 0xffff_fff2, egress: 0xffff_fff3 } as const
const attribute = { kind: 1, options: 2, bpfId: 11 } as const

/**
 * The filters that run programs, in the order in which they run; empty without a clsact qdisc. libbpf's bpf_tc_query finds only a single
 * filter, by its handle and priority.
 */
export function listFilters(socket: NativeNetlink, ifindex: number, direction: 'ingress' | 'egress'): ClsactFilter[] {
  const payload = new Uint8Array(headerSize)
  const view = new DataView(payload.buffer)
  view.setInt32(4, ifindex, littleEndian)
  view.setUint32(12, clsact[direction], littleEndian)
  return dump(socket, { operation: 'query clsact', type: messageType.getFilter, payload, read: filterOf })
}

/** Undefined for a filter of another kind, for classic BPF, and for the entry that represents a priority. */
function filterOf({ type, payload }: NetlinkMessage): ClsactFilter | undefined {
  if (type !== messageType.newFilter) return undefined
  if (payload.byteLength < headerSize) throw malformed('message', payload.byteLength)
  const attributes = attributesOf(payload, headerSize)
  const kind = attributes.get(attribute.kind)
  const options = attributes.get(attribute.options)
  if (!kind || textOf(kind) !== 'bpf' || !options) return undefined
  const id = attributesOf(options).get(attribute.bpfId)
  const handle = payload.getUint32(8, littleEndian)
  if (handle === 0 || !id || id.byteLength < 4) return undefined
  return { id: id.getUint32(0, littleEndian), priority: payload.getUint32(16, littleEndian) >>> 16, handle }
}
