export { type InterfaceMatcher, interfaceMatcher, type Matchable } from './interface-matcher.js'
export type { InterfaceChange, InterfaceChanges } from './interface-table.js'
export { type InterfaceOptions, interfaceIndex, type NetnsOptions, networkInterfaces } from './interfaces.js'
export { type NetworkNamespace, networkNamespace, networkNamespaces } from './namespace.js'
export type { InterfaceStatistics, NetworkInterface } from './network-interface.js'
export {
  InterfaceWatcher,
  type NamespaceChanges,
  type WatchInterfacesOptions,
  watchInterfaces,
} from './watch-interfaces.js'
