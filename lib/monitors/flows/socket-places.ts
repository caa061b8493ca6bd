import { closeSync, fstatSync } from 'node:fs'
import { openNamespace } from '../../net/namespace.js'
import type { Connection } from '../tcp/connection.js'
import { type Place, placeKey } from './decoder.js'
import { carries, hasPeer } from './paths.js'
import type { FlowPlaces } from './places.js'
import type { FlowPlace } from './sockets.js'

/** A function that returns a hook in terms of sockets, for the connections of one snapshot. */
export function socketPlaces(places: FlowPlaces, connections: readonly Connection[]): (place: Place) => FlowPlace {
  const known = new Map<string, Located>()
  const idOf = namespaceIds(places, connections)
  return (place) => {
    const key = placeKey(place)
    let located = known.get(key)
    if (!located) {
      located = new Located(places, place, idOf)
      known.set(key, located)
    }
    return located
  }
}

class Located implements FlowPlace {
  readonly #places: FlowPlaces
  readonly #place: Place
  readonly #idOf: IdOf
  readonly netns: number | undefined

  constructor(places: FlowPlaces, place: Place, idOf: IdOf) {
    this.#places = places
    this.#place = place
    this.#idOf = idOf
    const hop = places.hopOf(place)
    this.netns = hop && places.namespaces[hop.namespace]?.inode
  }

  carries(interfaceIndex: number): boolean | undefined {
    const hop = this.#places.hopOf(this.#place)
    return hop && carries(hop, interfaceIndex, this.#places)
  }

  isNextTo({ netns }: Connection): boolean {
    const hop = this.#places.hopOf(this.#place)
    const id = hop && !hop.egress && hasPeer(hop.info) ? hop.info.link?.netns : undefined
    if (!hop || id === undefined) return false
    const watched = this.#places.namespaceById(hop.namespace, id)
    if (watched !== undefined) return this.#places.namespaces[watched]?.inode === netns
    return this.#idOf(hop.namespace, netns) === id
  }

  leadsTo(other: FlowPlace, linkScoped: boolean): boolean {
    return other instanceof Located && this.#places.leadsTo(this.#place, other.#place, linkScoped)
  }
}

/** The id that a watched namespace has for another one, given by its inode number; undefined if it is not known. */
type IdOf = (namespace: number, inode: number) => number | undefined

/** A namespace is reached through a process that is in it: the owners of its sockets, in most cases. */
function namespaceIds(places: FlowPlaces, connections: readonly Connection[]): IdOf {
  const owners = new Map<number, Set<number>>()
  for (const { netns, pid } of connections) {
    if (pid === undefined) continue
    const pids = owners.get(netns)
    if (pids) pids.add(pid)
    else owners.set(netns, new Set([pid]))
  }
  const known = new Map<string, number | undefined>()
  return (namespace, inode) => {
    const key = `${namespace} ${inode}`
    if (!known.has(key)) {
      known.set(key, idThroughOwners(places, namespace, inode, owners.get(inode) ?? []))
    }
    return known.get(key)
  }
}

/** Asks through the first process that is still in the namespace: the answer is the same through every other one. */
function idThroughOwners(
  places: FlowPlaces,
  namespace: number,
  inode: number,
  pids: Iterable<number>,
): number | undefined {
  const watch = places.watchOf(namespace)
  if (watch.closed) return undefined
  for (const pid of pids) {
    let fd: number | undefined
    try {
      fd = openNamespace(`/proc/${pid}/ns/net`)
      // The process may have ended, and its number may be another one's.
      if (fstatSync(fd).ino === inode) return watch.idOfFile(`/proc/self/fd/${fd}`)
    } catch {
      // Another process may still be there.
    } finally {
      if (fd !== undefined) closeSync(fd)
    }
  }
  return undefined
}
