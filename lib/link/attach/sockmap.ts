import { requireFd } from '../../arguments.js'
import type { Link } from '../link.js'
import { type Attachable, attach } from './attach.js'

export function attachSockmap(program: Attachable, map: { readonly fd: number }): Link {
  return attach<{ map: number }>(program, 'sockmap', { map: requireFd(map, 'map') })
}
