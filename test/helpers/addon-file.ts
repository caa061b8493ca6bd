import { readFileSync } from 'node:fs'
import { hasProgramType } from 'ebpf'

/** The file of the addon, in build/ or prebuilds/: its mapping tells which, once it is used. */
export function addonFile(): string {
  hasProgramType('kprobe')
  return /\/.*\/ebpf(\.\w+)?\.node$/m.exec(readFileSync('/proc/self/maps', 'utf8'))?.[0] ?? ''
}

/** The addon has libstdc++ inside, and its USDT probes where the compiler's was built with them, which Debian's cross compilers' is not. */
export const lacksProbes = () =>
  readFileSync(addonFile()).includes('libstdcxx\0throw') ? undefined : 'the libstdc++ in the addon has no probes'
