import { type OptionNames, requireOptions, requireSignal } from '../arguments.js'
import { anyReadable } from '../events/record-wait.js'
import { bpfError } from '../internal/bpf-error.js'
import { Handle } from '../internal/lifetime.js'
import type { Path } from '../path.js'
import { type InterfaceMatcher, interfaceMatcher } from './interface-matcher.js'
import type { InterfaceChanges } from './interface-table.js'
import { isThere, type NetnsOptions, type NetworkNamespace, netnsList } from './namespace.js'
import { NamespaceWatch } from './namespace-watch.js'

/** Options of `InterfaceWatcher` and `watchInterfaces`. */
export interface WatchInterfacesOptions {
  /** Network namespaces by file or by name, as in `NetnsOptions.netns`. Default: the process's own. */
  readonly netns?: Path | readonly Path[]
  /** Names and patterns, as `interfaceMatcher` takes them. Default: every interface, loopback included. */
  readonly interfaces?: string | readonly string[]
  /** Whether a waiting iteration keeps the process alive. Default: true. */
  readonly ref?: boolean
}

/** The option names of `watchInterfaces`, which passes its options to both the watcher and the iteration. */
const watchOptions: OptionNames<WatchInterfacesOptions & { signal?: AbortSignal }> = {
  netns: true,
  interfaces: true,
  ref: true,
  signal: true,
}

/** What happened to the interfaces of one namespace. */
export interface NamespaceChanges extends InterfaceChanges {
  /** The namespace. */
  readonly namespace: NetworkNamespace
  /** The namespace's file is gone, or now belongs to another one. It is no longer watched, and its interfaces are all in `removed`. */
  readonly gone: boolean
}

/**
 * Milliseconds between two checks that the namespaces' files still exist. A socket keeps its namespace alive, and with it the other
 * ends of its veth pairs, so a namespace whose file is gone must be released soon.
 */
const lookInterval = 1000

/**
 * Reports the interfaces of one or several network namespaces: first those that exist, as `added`, then every interface that appears,
 * disappears, is renamed or changes otherwise (RTNLGRP_LINK of rtnetlink(7)). If the kernel had to drop messages, the interfaces are
 * listed again, so that none is missed. Any namespace but the process's own needs CAP_SYS_ADMIN.
 *
 * A namespace is watched until its file is gone; one that nothing else uses then ends within a second. The iteration ends with the
 * last namespace.
 *
 * @throws {BpfError} ENODEV for a plain name that no namespace has. ENOENT for a namespace that does not exist.
 */
export class InterfaceWatcher extends Handle implements AsyncIterable<NamespaceChanges> {
  readonly #watches: Set<NamespaceWatch>
  readonly #ref: boolean
  readonly #own: boolean
  readonly #matcher: InterfaceMatcher | undefined
  #reading = false

  /** As the constructor, without blocking the event loop. @internal */
  static async open(options: WatchInterfacesOptions = {}): Promise<InterfaceWatcher> {
    const watcher = new InterfaceWatcher(options, false)
    try {
      const present = await Promise.all([...watcher.#watches].map((watch) => watch.listAsync()))
      watcher.#matcher?.requireNames(present.flat())
      return watcher
    } catch (error) {
      watcher.close()
      throw error
    }
  }

  constructor(options: WatchInterfacesOptions = {}, lists = true) {
    const { netns, interfaces, ref = true } = requireOptions(options, watchOptions)
    const watches = new Set<NamespaceWatch>()
    super({ close: () => closeAll(watches) }, 'an interface watcher')
    this.#watches = watches
    this.#ref = ref
    this.#own = netns === undefined
    try {
      this.#matcher = interfaces === undefined ? undefined : interfaceMatcher(interfaces)
      start(watches, netns, this.#matcher)
      if (lists) {
        const present = [...watches].flatMap((watch) => watch.list())
        this.#matcher?.requireNames(present)
      }
      if (!ref) for (const watch of watches) watch.unref()
    } catch (error) {
      super.close()
      throw error
    }
  }

  /** The namespaces that are watched and existed at the last look. */
  get namespaces(): NetworkNamespace[] {
    return [...this.#watches].map(({ namespace }) => namespace)
  }

  /** @internal */
  get watches(): ReadonlySet<NamespaceWatch> {
    return this.#watches
  }

  /**
   * What changed since the last read, without waiting; namespaces without changes are left out.
   *
   * @throws {BpfError} EBUSY while it is iterated. EBADF if it is closed.
   */
  read(): NamespaceChanges[] {
    if (this.closed) {
      throw bpfError('EBADF', 'read', 'the interface watcher is closed')
    }
    return this.#alone(() => this.#readNow())
  }

  /** Changes as they come, until an abort or `close`. Only one iteration at a time. */
  async *changes(options: { readonly signal?: AbortSignal } = {}): AsyncGenerator<NamespaceChanges, void, undefined> {
    const signal = requireSignal(requireOptions(options, watchOptions).signal)
    this.#claim()
    try {
      while (!signal?.aborted && !this.closed) {
        for (const changes of this.#readNow(true)) yield changes
        if (this.closed || this.#watches.size === 0) return
        const behind = [...this.#watches].filter(({ isOverrun }) => isOverrun)
        await Promise.all(behind.map((watch) => watch.catchUp()))
        if (behind.length > 0) continue
        await anyReadable([...this.#watches], signal, this.#own ? undefined : lookInterval, this.#ref)
      }
    } finally {
      this.#reading = false
    }
  }

  [Symbol.asyncIterator](): AsyncGenerator<NamespaceChanges, void, undefined> {
    return this.changes()
  }

  #readNow(catchesUp = false): NamespaceChanges[] {
    return [...this.#watches].flatMap((watch): NamespaceChanges[] => {
      const { namespace } = watch
      if (this.#own || isThere(namespace)) {
        const changes = watch.changes(catchesUp)
        return changes ? [{ namespace, ...changes, gone: false }] : []
      }
      this.#watches.delete(watch)
      const none = { added: [], removed: [], changed: [], missed: [] }
      return [{ namespace, ...none, ...watch.end(), gone: true }]
    })
  }

  #claim(): void {
    if (this.#reading) {
      throw bpfError('EBUSY', 'read', 'the interface watcher is already being read')
    }
    this.#reading = true
  }

  #alone<R>(read: () => R): R {
    this.#claim()
    try {
      return read()
    } finally {
      this.#reading = false
    }
  }
}

/**
 * The loop around an `InterfaceWatcher`, which is closed when the loop is left or `signal` aborts.
 *
 * @example
 * ```ts
 * import { watchInterfaces } from 'ebpf/net'
 *
 * for await (const { added, removed } of watchInterfaces({ interfaces: 'veth*' })) {
 *   for (const { name, index } of added) console.log('new:', name, index)
 *   for (const { name } of removed) console.log('gone:', name)
 * }
 * ```
 */
export async function* watchInterfaces(
  options: WatchInterfacesOptions & { readonly signal?: AbortSignal } = {},
): AsyncGenerator<NamespaceChanges, void, undefined> {
  const watcher = new InterfaceWatcher(options)
  try {
    yield* watcher.changes(options)
  } finally {
    watcher.close()
  }
}

function start(
  watches: Set<NamespaceWatch>,
  netns: WatchInterfacesOptions['netns'],
  matcher: InterfaceMatcher | undefined,
): void {
  const seen = new Set<string>()
  const given: readonly NetnsOptions[] = netns === undefined ? [{}] : netnsList(netns).map((one) => ({ netns: one }))
  for (const options of given) {
    const watch = new NamespaceWatch(options, matcher?.matches ?? (() => true))
    const identity = `${watch.namespace.device}:${watch.namespace.inode}`
    if (seen.has(identity)) {
      watch.close()
      continue
    }
    seen.add(identity)
    watches.add(watch)
  }
}

function closeAll(watches: Set<NamespaceWatch>): void {
  for (const watch of watches) watch.close()
  watches.clear()
}
