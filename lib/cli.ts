#!/usr/bin/env node
import { Command } from 'commander'
import packageJson from '../package.json' with { type: 'json' }
import { CliError } from './cli/cli-error.js'
import { demoCommand, demoPeerCommand } from './cli/demo.js'
import { doctorCommand } from './cli/doctor.js'
import { flowsCommand } from './cli/flows.js'
import { retransmitsCommand } from './cli/retransmits.js'
import { typesCommand } from './cli/types.js'
import { BpfError } from './errors.js'

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
  const expected = error instanceof CliError || error instanceof BpfError || error instanceof RangeError
  console.error(`ebpf: ${expected ? error.message : error instanceof Error ? error.stack : String(error)}`)
  if (error instanceof BpfError && process.env.EBPF_DEBUG) console.error(error.log)
  process.exitCode = 1
}
