export { ElfSymbols, type FunctionSymbol } from './elf-symbols.js'
export { type KernelSymbol, KernelSymbols, kallsyms, kallsymsAsync, type ResolvedSymbol } from './kallsyms.js'
export { ProcessSymbols, type UserFrame } from './process-symbols.js'
export {
  addressesOf,
  type BuildIdFrame,
  buildIdsOf,
  type KernelFrame,
  kernelFrames,
  stackAddresses,
  stackBuildIds,
  userFrames,
} from './stack.js'
