#!/usr/bin/env node
import { isatty } from 'node:tty'
import { Command, CommanderError } from 'commander'
import packageJson from '../../package.json' with { type: 'json' }
import { BpfError, PermissionError } from '../errors.js'
import { printable } from '../printable.js'
import { CliError } from './cli-error.js'
import { surviveHangUp } from './output/hang-up.js'
import { isOutputError, reportOutputErrors } from './output/output-errors.js'
import { StalledReaderError } from './output/paced-writer.js'
import { TerminalOutput } from './output/terminal-output.js'

/** A command's module is loaded only if it is run, or if help lists all: loading the others would take longer than the kernel does. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  flows: async () => (await import('./flows.js')).flowsCommand(),
  retransmits: async () => (await import('./retransmits.js')).retransmitsCommand(),
  types: async () => (await import('./types.js')).typesCommand(),
  demo: async () => (await import('./demo.js')).demoCommand(),
  doctor: async () => (await import('./doctor.js')).doctorCommand(),
  rebuild: async () => (await import('./rebuild.js')).rebuildCommand(),
}
/** Commands that users do not call: the processes at the demo's two ends. */
const hidden: typeof commands = {
  'demo-peer': async () => (await import('./demo/peer-command.js')).demoPeerCommand(),
}

async function run(name: string | undefined): Promise<void> {
  const program = new Command('ebpf')
    .description('Network flows and TCP retransmissions, counted exactly in the kernel.')
    .version(packageJson.version)
  const all = { ...commands, ...hidden }
  const named = name !== undefined && Object.hasOwn(all, name) ? all[name] : undefined
  const loaded = await Promise.all((named ? [named] : Object.values(commands)).map((load) => load()))
  for (const command of loaded) program.addCommand(command)
  for (const command of [program, ...loaded]) {
    // No process.exit(), which would not wait for the error of help text that could not be written.
    command.exitOverride().configureOutput({ outputError: (text, write) => write(shown(text)) })
  }
  await program.parseAsync()
}

surviveHangUp()
reportOutputErrors(fail)
process.stderr.on('error', () => {}) // nobody is left to tell
run(process.argv[2]).catch((error: unknown) => {
  if (error instanceof CommanderError) process.exitCode ??= error.exitCode
  else if (isOutputError(error)) process.stdout.emit('error', error)
  else if (error instanceof StalledReaderError) giveUp(error)
  else fail(sentence(error))
  if (error instanceof BpfError && process.env.EBPF_DEBUG) console.error(shown(error.log))
})

function fail(message: string): void {
  process.exitCode = 1
  console.error(`ebpf: ${shown(message)}`)
}

/** Unread output would keep the process alive until it is read, and so would a message on the same terminal. */
function giveUp({ message }: StalledReaderError): never {
  const terminal = isatty(2) ? TerminalOutput.open(process.stderr, '/proc/self/fd/2') : process.stderr
  terminal?.write(`ebpf: ${message}\n`)
  process.exit(1)
}

/** Messages contain names from object files and file systems: control characters in them are shown, not sent to the terminal. */
const shown = (text: string) => text.replace(/[^\n\t]+/g, printable)

// An error that the user can fix is shown as one sentence; anything else is a bug and shows its stack.
function sentence(error: unknown): string {
  const lacks = error instanceof PermissionError && error.reason.startsWith('the process lacks ')
  if (lacks && !process.env.EBPF_DEBUG) return `${error.reason}: run it as root, or see what ebpf doctor advises`
  const expected = error instanceof CliError || error instanceof BpfError || error instanceof RangeError
  return expected ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)
}
