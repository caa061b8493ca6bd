import { closeSync, fstatSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { BpfError } from '../errors.js'
import { binding, type NativeNetlink, type NativeNetns } from '../internal/binding.js'
import { bpfError } from '../internal/bpf-error.js'
import { datagramSize } from './dump.js'
import { type InterfaceChanges, InterfaceTable } from './interface-table.js'
import { listInterfaces } from './list-interfaces.js'
import { type NetnsOptions, type NetworkNamespace, networkNamespace, openNamespace } from './namespace.js'
import { namespaceId } from './namespace-id.js'
import { messagesOf, messageType } from './netlink.js'
import { type InterfaceStatistics, interfaceOfMessage, type NetworkInterface } from './network-interface.js'

/** RTNLGRP_LINK is the first group. */
const linkGroup = 1

/** The longest time that one look reads, in milliseconds: if interfaces change faster than they are read, others must get a turn too. */
const longestLook = 20

/** The messages that one look reads however long that takes, some milliseconds of work: an interruption must not split a burst. */
const leastMessages = 256

/** The interfaces of one namespace, kept up to date by messages from rtnetlink. */
export class NamespaceWatch {
  readonly namespace: NetworkNamespace
  /**
   * The namespace itself, even if its file is another one's by now. While this is open, no other namespace gets its inode number.
   * Undefined for the process's own.
   */
  readonly #fd: number | undefined
  readonly #news: NativeNetlink
  /** A separate socket, so that news do not get in the way of an answer. */
  readonly #questions: NativeNetlink
  readonly #table: InterfaceTable
  readonly #buffer = new Uint8Array(datagramSize)
  /** Messages were lost. The remaining ones are then useless, because it is unknown what was lost among them. */
  #overrun = false
  #endWait: (() => void) | undefined
  #closed = false

  constructor(given: NetnsOptions, isMeant: (candidate: NetworkInterface) => boolean) {
    this.#table = new InterfaceTable(isMeant)
    const { file } = networkNamespace(given)
    this.#fd = given.netns === undefined ? undefined : openNamespace(file)
    let news: NativeNetlink | undefined
    try {
      this.namespace = this.#fd === undefined ? networkNamespace() : { file, ...identityOf(this.#fd) }
      news = binding.openNetlink({ ...this.options, groups: linkGroup })
      this.#questions = binding.openNetlink(this.options)
    } catch (error) {
      news?.close()
      if (this.#fd !== undefined) closeSync(this.#fd)
      throw error
    }
    this.#news = news
  }

  /** How the addon reaches the namespace until `close`, even if its file is another one's by now. */
  get options(): NativeNetns {
    if (this.#closed) {
      const message = `the network namespace ${this.namespace.file} is no longer watched`
      throw bpfError('ENODEV', 'watch interfaces', message)
    }
    return this.#fd === undefined ? {} : { netns: `/proc/self/fd/${this.#fd}` }
  }

  get closed(): boolean {
    return this.#closed
  }

  /** The id that this namespace has for another one, as in an interface's `link.netns`; undefined if it has none. */
  idOf({ options: { netns = '/proc/self/ns/net' } }: NamespaceWatch): number | undefined {
    return this.idOfFile(netns)
  }

  /** The same for the namespace of a file. */
  idOfFile(file: string): number | undefined {
    return namespaceId(this.#questions, file)
  }

  /** What a watched interface had counted before it was watched; undefined if nothing. */
  statisticsBefore(index: number): InterfaceStatistics | undefined {
    return this.#table.statisticsBefore(index)
  }

  /** All interfaces that exist now. News about changes in the meantime wait to be read. */
  list(): NetworkInterface[] {
    const all = listInterfaces(this.#questions)
    this.#table.replace(all)
    return all
  }

  /** As `list`, without blocking the event loop: the kernel makes a request wait while somebody changes an interface. */
  async listAsync(): Promise<NetworkInterface[]> {
    const messages = await binding.dumpInterfaces(this.options)
    const all = [...messagesOf(messages)].flatMap((message) => interfaceOfMessage(message) ?? [])
    if (!this.#closed) this.#table.replace(all)
    return all
  }

  /** Messages were lost, so what `changes` returns is incomplete. */
  get isOverrun(): boolean {
    return this.#overrun
  }

  /** After an overrun: discards the remaining messages, then lists all interfaces. */
  async catchUp(): Promise<void> {
    if (!this.#readAll()) {
      await setImmediate()
      return
    }
    // Once everything is read, the kernel reports again, so nothing is missed between this point and the list.
    await this.listAsync()
    this.#overrun = false
  }

  /** What changed since the last call; undefined if nothing did. After an overrun it lists all interfaces, unless `catchUp` does that. */
  changes(catchesUp = false): InterfaceChanges | undefined {
    if (this.#readAll() && this.#overrun && !catchesUp) {
      this.list()
      this.#overrun = false
    }
    return this.#table.take()
  }

  /** The namespace is gone, and all interfaces with it. */
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
    if (this.#fd !== undefined && !this.#closed) closeSync(this.#fd)
    this.#closed = true
    endWait?.()
  }

  unref(): void {
    this.#news.unref()
  }

  startWait(end: () => void): void {
    this.#endWait = end
    // For an overrun, libuv reports EBADF. Whatever the errno is, the next read reports the real one.
    this.#news.wait(() => end())
  }

  cancelWait(): void {
    if (!this.#endWait) return
    this.#endWait = undefined
    this.#news.cancel()
  }

  /** Whether all messages are read. Stops after one look's time and number of messages, so that others get a turn. */
  #readAll(): boolean {
    const end = performance.now() + longestLook
    try {
      for (let read = 0; read < leastMessages || performance.now() < end; read++) if (!this.#readOne()) return true
      return false
    } catch (error) {
      // It is unknown what the message was about.
      this.#overrun = true
      throw error
    }
  }

  /** False if there is nothing more for now. */
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

  /** Undefined if messages were lost: there were too many for the socket's buffer, or one was too long for ours. */
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

function identityOf(fd: number): Pick<NetworkNamespace, 'inode' | 'device'> {
  const { ino, dev } = fstatSync(fd)
  return { inode: ino, device: dev }
}
