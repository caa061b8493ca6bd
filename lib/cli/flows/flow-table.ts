import { nothingUnfiled, plusUnfiled } from '../../monitors/flows/counters.js'
import { plus, zero } from '../../monitors/flows/counts.js'
import type { Counts, Flow, FlowSnapshot } from '../../monitors/flows/flow.js'
import { joinFlows } from '../../monitors/flows/join.js'
import { colors } from '../colors.js'
import { quantity, stopwatch, whole } from '../format.js'
import { dimIdle } from '../live/columns.js'
import type { LiveColumn, Picture } from '../live/draw.js'
import { extended, Ledger, type LedgerOptions, type Row } from '../live/ledger.js'
import type { Piece } from '../live/pieces.js'
import { sparkline } from '../sparkline.js'
import { addConversation, type Conversation, conversationKey, conversationOf } from './conversation.js'
import { conversationColumns, type FlowColumnsOptions, flowColumns } from './flow-columns.js'
import { addFlow, flowKey } from './flow-record.js'

export interface FlowTableOptions extends FlowColumnsOptions {
  /** How many rows are kept. Default: 65536. */
  readonly capacity?: number
  /** Also show flows that are counted at another interface. */
  readonly duplicates?: boolean
}

/** How many seconds an idle flow stays. */
const patience = 30

/** One row per flow. */
export function flowTable({ capacity, duplicates = false, ...options }: FlowTableOptions = {}) {
  return pictures<Flow>(
    (flows) => (duplicates ? flows : flows.filter(({ duplicate }) => !duplicate)),
    { keyOf: flowKey, add: addFlow, capacity },
    flowColumns(options),
  )
}

/** One row for both directions of a connection. */
export function conversationTable({ capacity, ...options }: FlowTableOptions = {}) {
  return pictures<Conversation>(
    (flows) => joinFlows(flows).map(conversationOf),
    { keyOf: conversationKey, add: addConversation, capacity },
    conversationColumns(options),
  )
}

/** Turns each snapshot into the picture to show. */
function pictures<T extends Counts>(
  recordsOf: (flows: readonly Flow[]) => readonly T[],
  options: Pick<LedgerOptions<T>, 'keyOf' | 'add'> & { readonly capacity: number | undefined },
  columns: readonly LiveColumn<Row<T>>[],
): (snapshot: FlowSnapshot) => Picture<Row<T>> {
  const { capacity = 65_536, ...rest } = options
  const ledger = new Ledger<T>({ ...rest, measure: ({ bytes }) => bytes * 8, capacity, patience })
  const head = new FlowHead()
  return (snapshot) => {
    const seconds = Math.max(snapshot.end - snapshot.start, 1) / 1000
    const records = recordsOf(snapshot.flows)
    return {
      head: head.take(snapshot, records.length, seconds),
      columns,
      rows: ledger.take(records, seconds),
      paintRow: dimIdle,
    }
  }
}

/** The lines above the table: sums since the start, and everything that is not in the table. */
class FlowHead {
  /** Sum of all intervals, in milliseconds; setting the clock does not change it. */
  #elapsed = 0
  #trend: number[] = []
  #totals = zero
  #unfiled = nothingUnfiled
  #lostFlows = 0
  /** Why each interface was not watched, with the latest at the end. */
  readonly #unwatched = new Map<string, string>()

  take(snapshot: FlowSnapshot, records: number, seconds: number): Piece[][] {
    const { start, end, totals, lost, table, unwatched, sampling } = snapshot
    this.#elapsed += end - start
    const rate = (totals.bytes * 8) / seconds
    this.#trend = extended(this.#trend, rate)
    this.#totals = plus(this.#totals, totals)
    this.#unfiled = plusUnfiled(this.#unfiled, snapshot)
    this.#lostFlows += lost.flows
    for (const { interface: one, netns = 'interfaces', reason } of unwatched) {
      const name = one === '*' ? netns : one
      this.#unwatched.delete(name)
      this.#unwatched.set(name, reason)
    }
    const fill = table.entries / table.maxEntries
    return [
      [
        [quantity(rate, 'bit/s'), colors.bold],
        [sparkline(this.#trend).trimStart(), colors.cyan],
        [`${whole(records)} flows`],
        [`${quantity(this.#totals.packets)} packets`],
        [quantity(this.#totals.bytes, 'B')],
        [`in ${stopwatch(this.#elapsed)}`],
        [`table ${whole(table.entries)} of ${whole(table.maxEntries)}`, fill < 0.8 ? colors.dim : colors.yellow],
      ],
      this.#notInTheTable(),
      this.#notWatched(),
      sampling === undefined
        ? []
        : [
            [
              ` SAMPLED: 1 packet in ${whole(sampling)}. Nothing below is a whole count. `,
              (text) => colors.bold(colors.inverse(text)),
            ],
          ],
    ]
  }

  #notInTheTable(): Piece[] {
    const { nonIp, malformed, filtered, unsampled, lost } = this.#unfiled
    const reasons = [
      [nonIp, 'not IP', colors.dim],
      [malformed, 'malformed', colors.yellow],
      [filtered, 'filtered', colors.dim],
      [unsampled, 'not sampled', colors.dim],
      [lost, `lost, of about ${whole(this.#lostFlows)} flows: the table was full`, colors.red],
    ] as const
    const pieces = reasons.flatMap(([{ packets }, what, paint]): Piece[] =>
      packets > 0 ? [[`${quantity(packets)} ${what}`, paint]] : [],
    )
    return pieces.length > 0 ? [['packets in no flow:', colors.dim], ...pieces] : []
  }

  #notWatched(): Piece[] {
    const all = [...this.#unwatched].map(([name, reason]): Piece => [`${name}: ${reason}`, colors.red])
    if (all.length === 0) return []
    return [
      ['not watched:', colors.red],
      ...all.slice(-3),
      ...(all.length > 3 ? [[`and ${all.length - 3} more`] as const] : []),
    ]
  }
}
