import { closeSync, fstatSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { BpfError } from '../errors.js'
import type { NativeNetns } from '../internal/attach-options.js'
import { binding, type NativeNetlink } from '../internal/binding.js'
import { datagramSize } from './dump.js'
import { type InterfaceChanges, InterfaceTable } from './interface-table.js'
import { listInterfaces } from './list-interfaces.js'
import { type NetnsOptions, type NetworkNamespace, networkNamespace, openNamespace } from './namespace.js'
import { namespaceId } from './namespace-id.js'
import { messagesOf, messageType } from './netlink.js'
import { type InterfaceStatistics, interfaceOfMessage, type NetworkInterface } from './network-interface.js'

/** RTNLGRP_LINK is the first group. */
const linkGroup = 1

/** Milliseconds that one look reads at most: as long as interfaces change faster than they are read, others must come to turn too. */
const longestLook = 20

/** The interfaces of one namespace, kept up by what rtnetlink tells of them. */
export class NamespaceWatch {
  readonly namespace: NetworkNamespace
  /**
   * The namespace itself, whoever has its file now: as long as it is held open, its inode is no other's. Undefined for the process's own.
   */
  readonly #fd: number | undefined
  readonly #news: NativeNetlink
  /** A socket of its own: news must not stand in the way of an answer. */
  readonly #questions: NativeNetlink
  readonly #table: InterfaceTable
  readonly #buffer = new Uint8Array(datagramSize)
  /** Messages were lost, so those that are left to read say nothing: what is lost among them is not known. */
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

  /** Names the namespace to the addon until `close`, even if its file was given to another. */
  get options(): NativeNetns {
    if (this.#closed) {
      const message = `the network namespace ${this.namespace.file} is not watched any more`
      throw new BpfError({ code: 'ENODEV', errno: 19, operation: 'watch interfaces', message })
    }
    return this.#fd === undefined ? {} : { netns: `/proc/self/fd/${this.#fd}` }
  }

  get closed(): boolean {
    return this.#closed
  }

  /** What this namespace calls another one, as `link.netns` of an interface; undefined when it has no id for it. */
  idOf({ options: { netns = '/proc/self/ns/net' } }: NamespaceWatch): number | undefined {
    return namespaceId(this.#questions, netns)
  }

  /** What an interface that is watched had counted before it was; undefined for nothing. */
  statisticsBefore(index: number): InterfaceStatistics | undefined {
    return this.#table.statisticsBefore(index)
  }

  /** All that are there now. News of what changes meanwhile wait to be read. */
  list(): NetworkInterface[] {
    const all = listInterfaces(this.#questions)
    this.#table.replace(all)
    return all
  }

  /** As `list`, while the event loop goes on: the kernel lets whoever asks wait for whoever changes an interface. */
  async listAsync(): Promise<NetworkInterface[]> {
    const messages = await binding.dumpInterfaces(this.options)
    const all = [...messagesOf(messages)].flatMap((message) => interfaceOfMessage(message) ?? [])
    if (!this.#closed) this.#table.replace(all)
    return all
  }

  /** Messages were lost, so what `changes` returns is not all. */
  get isOverrun(): boolean {
    return this.#overrun
  }

  /** After an overrun: discards the messages that are left, then lists all interfaces. */
  async catchUp(): Promise<void> {
    if (!this.#readAll()) {
      await setImmediate()
      return
    }
    // Once all is read the kernel reports again, so nothing is missed between here and the list.
    await this.listAsync()
    this.#overrun = false
  }

  /** What has changed since the last call; undefined when nothing has. After an overrun it lists all interfaces, unless `catchUp` is to. */
  changes(catchesUp = false): InterfaceChanges | undefined {
    if (this.#readAll() && this.#overrun && !catchesUp) {
      this.list()
      this.#overrun = false
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
    if (this.#fd !== undefined && !this.#closed) closeSync(this.#fd)
    this.#closed = true
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

  /** Whether all messages are read: for longer than one look nobody else would come to turn. */
  #readAll(): boolean {
    const end = performance.now() + longestLook
    try {
      while (performance.now() < end) if (!this.#readOne()) return true
      return false
    } catch (error) {
      // What the message was about is not known.
      this.#overrun = true
      throw error
    }
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

function identityOf(fd: number): Pick<NetworkNamespace, 'inode' | 'device'> {
  const { ino, dev } = fstatSync(fd)
  return { inode: ino, device: dev }
}
