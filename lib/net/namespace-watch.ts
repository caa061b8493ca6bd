import { BpfError } from '../errors.js'
import { binding, type NativeNetlink } from '../internal/binding.js'
import { datagramSize } from './dump.js'
import { type InterfaceChanges, InterfaceTable } from './interface-table.js'
import { listInterfaces } from './list-interfaces.js'
import type { NetnsOptions, NetworkNamespace } from './namespace.js'
import { messagesOf, messageType } from './netlink.js'
import { interfaceOfMessage, type NetworkInterface } from './network-interface.js'

/** RTNLGRP_LINK is the first group. */
const linkGroup = 1

/** Datagrams that one look reads at most: as long as interfaces change faster than they are read, others must come to turn too. */
const maxDatagrams = 10_000

/** The interfaces of one namespace, kept up by what rtnetlink tells of them. */
export class NamespaceWatch {
  readonly namespace: NetworkNamespace
  readonly #news: NativeNetlink
  /** A socket of its own: news must not stand in the way of an answer. */
  readonly #questions: NativeNetlink
  readonly #table: InterfaceTable
  readonly #buffer = new Uint8Array(datagramSize)
  /** Messages were lost, so those that are left to read say nothing: what is lost among them is not known. */
  #overrun = false
  #endWait: (() => void) | undefined

  constructor(options: NetnsOptions, namespace: NetworkNamespace, isMeant: (candidate: NetworkInterface) => boolean) {
    this.namespace = namespace
    this.#table = new InterfaceTable(isMeant)
    this.#news = binding.openNetlink({ ...options, groups: linkGroup })
    try {
      this.#questions = binding.openNetlink(options)
    } catch (error) {
      this.#news.close()
      throw error
    }
  }

  /** All that are there now. News of what changes meanwhile wait to be read. */
  list(): NetworkInterface[] {
    const all = listInterfaces(this.#questions)
    this.#table.replace(all)
    return all
  }

  /** What has changed since the last call; undefined when nothing has. */
  changes(): InterfaceChanges | undefined {
    let left = maxDatagrams
    while (left > 0 && this.#readOne()) left--
    // Once all is read the kernel tells again, so nothing is missed between here and the list.
    if (left > 0 && this.#overrun) {
      this.#overrun = false
      this.list()
    }
    return this.#table.take()
  }

  /** All of them are gone, with the namespace. */
  end(): InterfaceChanges | undefined {
    this.#table.replace([])
    this.close()
    return this.#table.take()
  }

  close(): void {
    const endWait = this.#endWait
    this.#endWait = undefined
    this.#news.close()
    this.#questions.close()
    endWait?.()
  }

  unref(): void {
    this.#news.unref()
  }

  startWait(end: () => void): void {
    this.#endWait = end
    // The errno of an overrun is libuv's EBADF; whatever it is, the next read tells.
    this.#news.wait(() => end())
  }

  cancelWait(): void {
    if (!this.#endWait) return
    this.#endWait = undefined
    this.#news.cancel()
  }

  /** False when there is nothing more now. */
  #readOne(): boolean {
    const bytes = this.#receive()
    if (bytes === 0) return false
    if (this.#overrun || bytes === undefined) return true
    for (const message of messagesOf(this.#buffer.subarray(0, bytes))) {
      const { type } = message
      if (type !== messageType.newLink && type !== messageType.delLink) continue
      const about = interfaceOfMessage(message)
      if (about && type === messageType.newLink) this.#table.set(about)
      else if (about) this.#table.delete(about)
    }
    return true
  }

  /** Undefined when messages were lost: too many for the socket's buffer, or one too long for ours. */
  #receive(): number | undefined {
    try {
      return this.#news.receive(this.#buffer)
    } catch (error) {
      if (!(error instanceof BpfError) || !['ENOBUFS', 'EMSGSIZE'].includes(error.code)) throw error
      this.#overrun = true
      return undefined
    }
  }
}
