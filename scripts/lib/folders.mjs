/**
 * The folders of lib/, from the command line down to BTF. A file may import from its own folder, from the folders below it here, and
 * from the loose files in lib/, which import nothing but each other.
 */
export const folders = [
  'cli', // the `ebpf` command
  'monitors/flows', // `ebpf/flows`
  'monitors/tcp', // `ebpf/tcp`
  'monitors/shared', // what both need: epochs, snapshots, the bundled objects
  'object', // an object file, before and after it is loaded
  'program', // a loaded program
  'link/attach', // a file for each way to attach
  'link', // the links that attach a program
  'symbols', // `ebpf/symbols`: kallsyms, ELF symbols, stacks
  'net', // `ebpf/net`: interfaces and network namespaces
  'events', // ring buffers, perf buffers, the trace pipe
  'typegen', // writes the types of an object
  'maps', // maps of every type
  'kernel', // `ebpf/kernel`: what the kernel can do and what it holds
  'internal', // the addon and what everything else builds on
  'btf', // `ebpf/btf`: types and codecs
]

/** The command line and the monitors use the package as any other program would. */
export const users = ['cli', 'monitors/flows', 'monitors/tcp', 'monitors/shared']
export const addon = /^internal\/binding\b/

/** `lib/index.ts` is the main entry point: it exports, and nothing imports it. */
export const frontDoor = 'index.ts'

export const folderOf = (file) => folders.find((folder) => file.startsWith(`${folder}/`))
