import { Command, InvalidArgumentError, Option } from 'commander'
import { colors } from './colors.js'
import { type DemoOptions, runDemo } from './demo/run.js'
import { agrees, type DemoSummary, summaryText } from './demo/summary.js'
import { flowTable } from './flows/flow-table.js'
import { jsonText } from './json.js'
import { Controls } from './live/controls.js'
import { draw } from './live/draw.js'
import { isScreen, Screen } from './live/screen.js'
import { suspension } from './live/suspension.js'
import type { Output } from './output/output.js'
import { PacedWriter } from './output/paced-writer.js'
import { type Surroundings, surroundings } from './surroundings.js'

interface DemoCommandOptions {
  readonly json?: boolean
  readonly seconds: number
  readonly loss: number
}

/** Reasons for which the demo ends because nobody is watching any more: the terminal was closed, or the reader has gone. */
const nobodyLeft = ['SIGHUP', 'EIO', 'EPIPE']

export function demoCommand(run = runDemo, around = surroundings): Command {
  return new Command('demo')
    .description('two network namespaces, a lossy path between them, real traffic, and our totals beside the kernel’s')
    .addOption(new Option('--seconds <s>', 'how long to send traffic').argParser(within(1, 12)).default(6))
    .addOption(
      new Option('--loss <percent>', 'percentage of incoming TCP packets to drop')
        .argParser(within(0.01, 50))
        .default(2),
    )
    .addOption(new Option('--json', 'one JSON object as the last line'))
    .action((options: DemoCommandOptions) => show(options, run, around))
}

async function show(
  { json, seconds, loss }: DemoCommandOptions,
  run: typeof runDemo,
  { output, interruption }: Surroundings,
): Promise<void> {
  const { signal } = interruption()
  const writer = new PacedWriter(output, signal)
  const summary = await watched({ seconds, loss, signal }, run, output, json)
  if (!summary) {
    if (!nobodyLeft.includes(signal.reason)) process.exitCode ??= 130
    return writer.flush()
  }
  await writer.write(`${json ? jsonText(summary) : `${title(loss)}\n\n${summaryText(summary)}`}\n`)
  await writer.flush()
  if (!agrees(summary)) process.exitCode = 1
}

/** Runs the demo, and shows the client's flows while it runs. */
async function watched(
  options: Omit<DemoOptions, 'onSnapshot'>,
  run: typeof runDemo,
  output: Output,
  json = false,
): Promise<DemoSummary | undefined> {
  const pictureOf = flowTable()
  const controls = new Controls([], 'bytes')
  using screen = !json && isScreen(output) ? new Screen(output) : undefined
  using _stop = screen && suspension({ leave: () => screen.leave(), enter: () => screen.enter() })
  return await run({
    ...options,
    onSnapshot(snapshot) {
      if (json) return
      const { head, ...picture } = pictureOf(snapshot)
      const whole = { ...picture, head: [[[title(options.loss), colors.bold] as const], ...head] }
      const lines = draw(whole, controls, { width: screen?.width ?? Number.POSITIVE_INFINITY, top: 12 })
      if (screen) screen.draw(lines)
      else output.write(`${lines.join('\n')}\n\n`)
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
