import { Command, InvalidArgumentError, Option } from 'commander'
import { CliError } from './cli-error.js'
import { colors } from './colors.js'
import { serve, talk } from './demo/peer.js'
import { runDemo } from './demo/run.js'
import { agrees, summaryText } from './demo/summary.js'
import { flowsText } from './flows.js'
import { interrupted } from './interrupt.js'
import { show } from './screen.js'

interface DemoCommandOptions {
  readonly json?: boolean
  readonly seconds: number
  readonly loss: number
}

export function demoCommand(): Command {
  return new Command('demo')
    .description('two network namespaces, a lossy path between them, real traffic, and our totals beside the kernel’s')
    .addOption(new Option('--seconds <s>', 'how long the traffic runs').argParser(within(1, 12)).default(6))
    .addOption(
      new Option('--loss <percent>', 'TCP packets that are dropped on the way in')
        .argParser(within(0.01, 50))
        .default(2),
    )
    .addOption(new Option('--json', 'one JSON object as the last line'))
    .action(runDemoCommand)
}

/** The processes at the demo's two ends run this; it is not for people. */
export function demoPeerCommand(): Command {
  return new Command('demo-peer')
    .argument('<role>')
    .argument('[arguments...]')
    .action(async (role: string, [ipv4 = '', ipv6 = '', seconds = '']: string[]) => {
      if (role === 'server') await serve()
      else await talk([ipv4, ipv6], Number(seconds))
    })
}

async function runDemoCommand({ json, seconds, loss }: DemoCommandOptions): Promise<void> {
  if (process.getuid?.() !== 0)
    throw new CliError('the demo needs root: it makes network namespaces and loads BPF programs')
  const title = `${colors.bold('ebpf demo')}  two namespaces, a veth pair, ${loss}% loss of TCP, TCP and UDP over IPv4 and IPv6`
  const signal = interrupted()
  const summary = await runDemo({
    seconds,
    loss,
    signal,
    onSnapshot: (snapshot) => {
      if (!json) show(`${title}\n${flowsText(snapshot, 12)}`)
    },
  })
  if (!summary) {
    process.exitCode = 130
    return
  }
  if (json) console.log(JSON.stringify(summary))
  else show(`${title}\n\n${summaryText(summary)}`)
  if (!agrees(summary)) process.exitCode = 1
}

function within(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!(value >= low && value <= high)) throw new InvalidArgumentError(`it must be a number from ${low} to ${high}.`)
    return value
  }
}
