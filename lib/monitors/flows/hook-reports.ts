import type { NetworkInterface } from '../../net/network-interface.js'
import type { UnwatchedInterface } from './flow.js'
import type { Hook } from './hook.js'

/** The most reports kept between two snapshots. Further ones are only summed up. */
const mostReports = 1000

/** Sum of the reports of one kind that there was no room for. */
interface Rest {
  interfaces: number
  packets: number
}

/** What a monitor reports about interfaces and namespaces that it could not watch, or not all the time. */
export class HookReports {
  /** Namespaces that are gone, by their index among the watcher's. */
  readonly ended = new Set<number>()
  readonly #netnsOf: (namespace: number) => { netns?: string }
  #once: UnwatchedInterface[] = []
  #rest = new Map<string, Rest>()

  constructor(netnsOf: (namespace: number) => { netns?: string }) {
    this.#netnsOf = netnsOf
  }

  /** The interface came and went before the programs were attached. */
  missed(namespace: number, { name, statistics }: NetworkInterface): void {
    const packets = statistics && { packets: Number(statistics.rxPackets + statistics.txPackets) }
    this.#add(namespace, name, 'gone before it could be watched', packets)
  }

  /** This many packets passed before the programs were attached to a new interface. */
  first({ namespace, info: { name } }: Hook, packets: number): void {
    if (packets > 0) this.#add(namespace, name, 'packets came before it could be watched', { packets })
  }

  lost({ namespace, info: { name } }: Hook): void {
    this.#add(namespace, name, 'somebody took the programs off, or put others before them; they are attached again')
  }

  /** Watching the interfaces failed, and is retried. */
  trouble(error: unknown): void {
    const reason = `interfaces could not be watched for a moment: ${textOf(error)}`
    // It is retried several times a second.
    if (this.#once.at(-1)?.reason !== reason) this.#put({ interface: '*', reason }, 'interfaces could not be watched')
  }

  stuck({ namespace, info: { name } }: Hook, error: unknown): void {
    const reason = 'the programs could not be taken off'
    this.#put(this.#of(namespace, name, `${reason}: ${textOf(error)}`), reason)
  }

  /** What happened since the last call, and conditions that still hold. */
  take(hooks: Iterable<Hook>): UnwatchedInterface[] {
    const reports = this.#once
    this.#once = []
    for (const [reason, { interfaces, packets }] of this.#rest) {
      const rest = `${reason}: ${interfaces} more since the last snapshot`
      reports.push({ interface: '*', reason: rest, ...(packets > 0 && { packets }) })
    }
    this.#rest.clear()
    for (const { namespace, info, refusal } of hooks) {
      if (refusal !== undefined) reports.push(this.#of(namespace, info.name, refusal))
    }
    for (const namespace of this.ended) reports.push(this.#of(namespace, '*', 'the network namespace is gone'))
    return reports
  }

  #add(namespace: number, name: string, reason: string, packets?: { readonly packets: number }): void {
    this.#put({ ...this.#of(namespace, name, reason), ...packets }, reason)
  }

  /** `kind` is what the reports that do not fit have in common. */
  #put(report: UnwatchedInterface, kind: string): void {
    if (this.#once.length < mostReports) {
      this.#once.push(report)
      return
    }
    const { interfaces, packets } = this.#rest.get(kind) ?? { interfaces: 0, packets: 0 }
    this.#rest.set(kind, { interfaces: interfaces + 1, packets: packets + (report.packets ?? 0) })
  }

  #of(namespace: number, name: string, reason: string): UnwatchedInterface {
    return { interface: name, ...this.#netnsOf(namespace), reason }
  }
}

const textOf = (error: unknown) => (error instanceof Error ? error.message : String(error))
