import type { Side } from '../../lib/cli/demo/network.js'

/**
 * Until `end`, whatever a side sends to an address goes to a station that does not exist: it is lost without a program.
 */
export function blackHole({ netns, interface: name }: Side, address: string): { end(): void } {
  netns.ip(`neighbour replace ${address} lladdr 02:00:00:00:00:99 dev ${name}`)
  return { end: () => void netns.ip(`neighbour del ${address} dev ${name}`) }
}
