import type { NativeLinkInfo } from '../internal/binding.js'
import type { LinkInfo } from './info.js'

/** The addon has filled in what the link's type has (src-native/link/info.cc). */
export const describeLink = (info: NativeLinkInfo) => info as unknown as LinkInfo
