#!/usr/bin/env node
import { Command } from 'commander'
import packageJson from '../package.json' with { type: 'json' }
import { CliError } from './cli/cli-error.js'
import { BpfError, PermissionError } from './errors.js'

/** A command's module is loaded when it is run, or when help is to tell of all: the others would take longer than the kernel. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  flows: async () => (await import('./cli/flows.js')).flowsCommand(),
  retransmits: async () => (await import('./cli/retransmits.js')).retransmitsCommand(),
  types: async () => (await import('./cli/types.js')).typesCommand(),
  demo: async () => (await import('./cli/demo.js')).demoCommand(),
  doctor: async () => (await import('./cli/doctor.js')).doctorCommand(),
  rebuild: async () => (await import('./cli/rebuild.js')).rebuildCommand(),
}
/** What is not for people: the processes at the demo's two ends. */
const hidden: typeof commands = {
  'demo-peer': async () => (await import('./cli/demo/peer-command.js')).demoPeerCommand(),
}

async function run(name: string | undefined): Promise<void> {
  const program = new Command('ebpf')
    .description('What the kernel knows of the network: flows and retransmissions, counted in the kernel, exactly.')
    .version(packageJson.version)
  const all = { ...commands, ...hidden }
  const named = name !== undefined && Object.hasOwn(all, name) ? all[name] : undefined
  for (const load of named ? [named] : Object.values(commands)) program.addCommand(await load())
  await program.parseAsync()
}

run(process.argv[2]).catch((error: unknown) => {
  // What the user can do something about is a sentence; anything else is a bug and shows its stack.
  console.error(`ebpf: ${sentence(error)}`)
  if (error instanceof BpfError && process.env.EBPF_DEBUG) console.error(error.log)
  process.exitCode = 1
})

function sentence(error: unknown): string {
  const lacks = error instanceof PermissionError && error.reason.startsWith('the process lacks ')
  if (lacks && !process.env.EBPF_DEBUG) return `${error.reason}: run it as root, or see what ebpf doctor advises`
  const expected = error instanceof CliError || error instanceof BpfError || error instanceof RangeError
  return expected ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)
}
