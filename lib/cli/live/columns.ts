import { colors, type Paint } from '../colors.js'
import { sparkline } from '../sparkline.js'
import { cutMiddle, cutStart } from '../text.js'
import type { LiveColumn } from './draw.js'
import type { Row } from './ledger.js'

/*
 * What columns of live tables have in common. Their importance: 9 for what names the row, 8 to 5 for what people look for, lower
 * for what is nice to have.
 */

/** Enough cells for a complete IPv4 address with a port, and for both ends of an IPv6 address with its port. */
const leastEndpoint = 24

/** Addresses with ports. */
export const endpointColumn = <R>(title: string, text: (row: R) => string): LiveColumn<R> => ({
  title,
  text,
  importance: 9,
  shorten: { minimum: leastEndpoint, cut: cutMiddle },
  sort: { name: title.toLowerCase(), value: text },
})

/** The latest intervals are at the right; each row is scaled by its own maximum. */
export const trendColumn = <R extends Row<unknown>>(importance: number): LiveColumn<R> => ({
  title: 'TREND',
  align: 'right',
  text: ({ trend }) => sparkline(trend),
  paint: () => colors.cyan,
  importance,
  shorten: { minimum: 8, cut: cutStart },
})

/** A number that the table can be sorted by. */
export const numberColumn = <R>(
  title: string,
  importance: number,
  value: (row: R) => number,
  text: (value: number) => string,
  paint?: (row: R) => Paint,
): LiveColumn<R> => ({
  title,
  align: 'right',
  text: (row) => text(value(row)),
  importance,
  sort: { name: title.toLowerCase(), value },
  ...(paint && { paint }),
})

/** Dims a row that had nothing in the last interval: it stays visible, but not in the way. */
export const dimIdle = ({ idle }: Row<unknown>): Paint | undefined => (idle > 0 ? colors.dim : undefined)
