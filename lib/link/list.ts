import { binding } from '../internal/binding.js'
import { infos } from '../internal/infos.js'
import { describeLink } from './describe.js'
import type { LinkInfo } from './info.js'

/** Lists every link on the machine, by ascending id. Needs CAP_SYS_ADMIN and Linux 5.8. */
export function* listLinks(): IterableIterator<LinkInfo> {
  for (const info of infos('link')) yield describeLink(info)
}

/** Describes the link with that id. @throws {BpfError} ENOENT if there is none. */
export function linkInfo(id: number): LinkInfo {
  return describeLink(binding.infoById('link', id))
}
