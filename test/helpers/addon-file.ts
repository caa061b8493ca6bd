import { readFileSync } from 'node:fs'
import { hasProgramType } from 'ebpf/kernel'

/** The addon's file, in build/ or prebuilds/. Once the addon is used, its mapping tells which. */
export function addonFile(): string {
  hasProgramType('kprobe')
  return /\/.*\/ebpf(\.\w+)?\.node$/m.exec(readFileSync('/proc/self/maps', 'utf8'))?.[0] ?? ''
}

/**
 * The addon contains libstdc++, and its USDT probes only if the compiler's libstdc++ was built with them, which is not
 * so for Debian's cross compilers.
 */
export const lacksProbes = () =>
  readFileSync(addonFile()).includes('libstdcxx\0throw') ? undefined : 'the libstdc++ in the addon has no probes'
