#!/usr/bin/env node
import { Command } from 'commander'
import packageJson from '../package.json' with { type: 'json' }
import { CliError } from './cli/cli-error.js'
import { demoCommand, demoPeerCommand } from './cli/demo.js'
import { doctorCommand } from './cli/doctor.js'
import { flowsCommand } from './cli/flows.js'
import { retransmitsCommand } from './cli/retransmits.js'
import { typesCommand } from './cli/types.js'
import { BpfError, PermissionError } from './errors.js'

const program = new Command('ebpf')
  .description('What the kernel knows of the network: flows and retransmissions, counted in the kernel, exactly.')
  .version(packageJson.version)
  .addCommand(flowsCommand())
  .addCommand(retransmitsCommand())
  .addCommand(typesCommand())
  .addCommand(demoCommand())
  .addCommand(doctorCommand())
  .addCommand(demoPeerCommand(), { hidden: true })

try {
  await program.parseAsync()
} catch (error) {
  // What the user can do something about is a sentence; anything else is a bug and shows its stack.
  console.error(`ebpf: ${sentence(error)}`)
  if (error instanceof BpfError && process.env.EBPF_DEBUG) console.error(error.log)
  process.exitCode = 1
}

function sentence(error: unknown): string {
  if (error instanceof PermissionError && error.missing.length > 0 && !process.env.EBPF_DEBUG) {
    return `the process lacks ${error.missing.join(', ')}: run it as root, or see what ebpf doctor advises`
  }
  const expected = error instanceof CliError || error instanceof BpfError || error instanceof RangeError
  return expected ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)
}
