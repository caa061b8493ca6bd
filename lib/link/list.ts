import { binding } from '../internal/binding.js'
import { infos } from '../internal/infos.js'
import { describeLink } from './describe.js'
import type { LinkInfo } from './info.js'

/** Every link of the machine, by ascending id. CAP_SYS_ADMIN; Linux 5.8. */
export function* listLinks(): IterableIterator<LinkInfo> {
  for (const info of infos('link')) yield describeLink(info)
}

/** @throws {BpfError} ENOENT when there is no link with that id. */
export function linkInfo(id: number): LinkInfo {
  return describeLink(binding.infoById('link', id))
}
