import type { NativeLinkInfo } from '../internal/binding.js'
import type { LinkInfo } from './info.js'

/** The addon has filled in the fields of the link's type (src-native/link/info.cc). */
export const describeLink = (info: NativeLinkInfo) => info as unknown as LinkInfo
