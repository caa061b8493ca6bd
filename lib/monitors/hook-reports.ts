import type { NetworkInterface } from '../net/network-interface.js'
import type { UnwatchedInterface } from './flow.js'
import type { Hook } from './flow-hook.js'

/** What a monitor has to say of interfaces and namespaces that it could not watch, or not all the time. */
export class HookReports {
  /** Namespaces that are gone, by their index among the watcher's. */
  readonly ended = new Set<number>()
  readonly #netnsOf: (namespace: number) => { netns?: string }
  #once: UnwatchedInterface[] = []

  constructor(netnsOf: (namespace: number) => { netns?: string }) {
    this.#netnsOf = netnsOf
  }

  /** It came and went before the programs were on it. */
  missed(namespace: number, { name, statistics }: NetworkInterface): void {
    const packets = statistics && { packets: Number(statistics.rxPackets + statistics.txPackets) }
    this.#add(namespace, name, 'gone before it could be watched', packets)
  }

  /** So many packets passed before the programs were on a new interface. */
  first({ namespace, info: { name } }: Hook, packets: number): void {
    if (packets > 0) this.#add(namespace, name, 'packets came before it could be watched', { packets })
  }

  lost({ namespace, info: { name } }: Hook): void {
    this.#add(namespace, name, 'somebody took the programs off, or put others before them; they are attached again')
  }

  /** The watching of interfaces failed, and goes on. */
  trouble(error: unknown): void {
    this.#once.push({ interface: '*', reason: `interfaces could not be watched for a moment: ${textOf(error)}` })
  }

  stuck({ namespace, info: { name } }: Hook, error: unknown): void {
    this.#add(namespace, name, `the programs could not be taken off: ${textOf(error)}`)
  }

  /** What happened since the last call, and what is so for as long as it is. */
  take(hooks: Iterable<Hook>): UnwatchedInterface[] {
    const reports = this.#once
    this.#once = []
    for (const { namespace, info, refusal } of hooks) {
      if (refusal !== undefined) reports.push(this.#of(namespace, info.name, refusal))
    }
    for (const namespace of this.ended) reports.push(this.#of(namespace, '*', 'the network namespace is gone'))
    return reports
  }

  #add(namespace: number, name: string, reason: string, packets?: { readonly packets: number }): void {
    this.#once.push({ ...this.#of(namespace, name, reason), ...packets })
  }

  #of(namespace: number, name: string, reason: string): UnwatchedInterface {
    return { interface: name, ...this.#netnsOf(namespace), reason }
  }
}

const textOf = (error: unknown) => (error instanceof Error ? error.message : String(error))
