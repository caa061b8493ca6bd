import { elfFixes } from './fixes/elf.mjs'
import { kconfigFixes } from './fixes/kconfig.mjs'
import { kernelSymbolFixes } from './fixes/kernel-symbols.mjs'
import { loaderFixes } from './fixes/loader.mjs'
import { objectFixes } from './fixes/object.mjs'
import { relocationFixes } from './fixes/relocation.mjs'
import { stringFixes } from './fixes/strings.mjs'
import { symbolFixes } from './fixes/symbols.mjs'
import { typeFixes } from './fixes/types.mjs'
import { usdtFixes } from './fixes/usdt.mjs'

/**
 * What is changed in the sources, by the name of the source. Each fix replaces `from`, which is in its `file` exactly once.
 * `upstream` is the commit of libbpf that a back-port follows; upstream.md lists it.
 */
export const fixes = {
  libbpf: [
    ...elfFixes,
    ...kconfigFixes,
    ...kernelSymbolFixes,
    ...loaderFixes,
    ...objectFixes,
    ...relocationFixes,
    ...stringFixes,
    ...symbolFixes,
    ...typeFixes,
    ...usdtFixes,
  ],
}
