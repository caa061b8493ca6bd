import { Command, InvalidArgumentError, Option } from 'commander'
import { requireLinux } from '../internal/require-linux.js'
import { CliError } from './cli-error.js'
import { colors } from './colors.js'
import { type DemoOptions, runDemo } from './demo/run.js'
import { agrees, type DemoSummary, summaryText } from './demo/summary.js'
import { flowTable } from './flows/flow-table.js'
import { interruption } from './interrupt.js'
import { Controls } from './live/controls.js'
import { draw } from './live/draw.js'
import { isScreen, Screen } from './live/screen.js'

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

async function runDemoCommand({ json, seconds, loss }: DemoCommandOptions): Promise<void> {
  requireLinux('run the demo')
  if (process.getuid?.() !== 0)
    throw new CliError('the demo needs root: it makes network namespaces and loads BPF programs')
  const { signal } = interruption()
  const summary = await watched({ seconds, loss, signal }, json)
  if (!summary) {
    process.exitCode = 130
    return
  }
  if (json) console.log(JSON.stringify(summary))
  else console.log(`${title(loss)}\n\n${summaryText(summary)}`)
  if (!agrees(summary)) process.exitCode = 1
}

/** Runs the demo and shows the client's flows meanwhile. */
async function watched(options: Omit<DemoOptions, 'onSnapshot'>, json = false): Promise<DemoSummary | undefined> {
  const pictureOf = flowTable()
  const controls = new Controls([], 'bytes')
  using screen = !json && isScreen(process.stdout) ? new Screen(process.stdout) : undefined
  return await runDemo({
    ...options,
    onSnapshot(snapshot) {
      if (json) return
      const { head, ...picture } = pictureOf(snapshot)
      const whole = { ...picture, head: [[[title(options.loss), colors.bold] as const], ...head] }
      const lines = draw(whole, controls, { width: screen?.width ?? Number.POSITIVE_INFINITY, top: 12 })
      if (screen) screen.draw(lines)
      else console.log(`${lines.join('\n')}\n`)
    },
  })
}

const title = (loss: number) =>
  `ebpf demo: two namespaces, a veth pair, ${loss}% loss of TCP, TCP and UDP over IPv4 and IPv6`

function within(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!(value >= low && value <= high)) throw new InvalidArgumentError(`it must be a number from ${low} to ${high}.`)
    return value
  }
}
