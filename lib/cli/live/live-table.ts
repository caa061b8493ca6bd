import { emitKeypressEvents, type Interface } from 'node:readline'
import type { Interruption } from '../interrupt.js'
import { Names } from '../names.js'
import type { Output } from '../output/output.js'
import { PacedWriter } from '../output/paced-writer.js'
import { Controls, type Key } from './controls.js'
import { draw, type Picture } from './draw.js'
import { isScreen, Screen } from './screen.js'
import { suspension } from './suspension.js'

/** Where keys come from: standard input, or what a test has in its place. */
export interface Input extends NodeJS.ReadableStream {
  readonly isTTY?: boolean
  setRawMode?(raw: boolean): unknown
}

/** An address as it is shown: itself, or its name. */
export type NameOf = (address: string) => string

export interface LiveTableOptions {
  /** What it can be sorted by, and is at first. */
  readonly sorts: readonly string[]
  readonly sort: string
  readonly reverse?: boolean
  /** Rows. Default: as many as the screen has room for; 20 where there is none. */
  readonly top?: number
  /** Names of addresses by reverse DNS. */
  readonly dns?: boolean
  readonly interruption: Interruption
  readonly output?: Output
  readonly input?: Input
}

const topWithoutScreen = 20
/** Milliseconds in which what follows an Esc makes a sequence of it, as arrow keys send: a terminal sends one at once, a hand does not. */
const escapeCodeTimeout = 50

/** Shows one snapshot after another: in place on a terminal, where keys change what is shown, else one below the other. */
export async function liveTable<S, Row>(
  snapshots: AsyncIterable<S>,
  tableOf: (nameOf?: NameOf) => (snapshot: S) => Picture<Row>,
  options: LiveTableOptions,
): Promise<void> {
  const { output = process.stdout, sorts, sort, reverse, top = topWithoutScreen } = options
  const controls = new Controls(sorts, sort, reverse)
  let redraw = () => {}
  using names = new Names({ onName: () => redraw() })
  const pictureOf = tableOf(options.dns ? (address) => names.of(address) : undefined)
  const writer = new PacedWriter(output, options.interruption.signal)
  const append = (picture: Picture<Row>, width: number, end = '\n') =>
    writer.write(`${draw(picture, controls, { width, top }).join('\n')}${end}`)

  if (!isScreen(output)) {
    for await (const snapshot of snapshots) await append(pictureOf(snapshot), columnsOfEnvironment(), '\n\n')
    await writer.flush()
    return
  }
  let latest: Picture<Row> | undefined
  let shown: Picture<Row> | undefined
  {
    using screen = new Screen(output)
    redraw = () => {
      if (!controls.paused) shown = latest
      const room = { width: screen.width, height: screen.height, ...(options.top !== undefined && { top }) }
      if (shown) screen.draw(draw(shown, controls, room))
    }
    using keys = takeKeys(options, (text, key) => {
      const asked = controls.press(text, key)
      if (asked === 'quit') options.interruption.stop()
      else if (asked === 'suspend') stopping.stopGroup()
      else redraw()
    })
    using stopping = suspension({
      leave() {
        keys.pause()
        screen.leave()
      },
      enter() {
        screen.enter()
        keys.resume()
        redraw()
      },
    })
    using _size = watchSize(output, () => redraw())
    for await (const snapshot of snapshots) {
      latest = pictureOf(snapshot)
      redraw()
    }
  }
  // The screen that was there before is back: the end of it all stays on it.
  redraw = () => {}
  if (latest) await append(latest, output.columns || 80)
  await writer.flush()
}

/** Without a terminal a line may be as long as it likes, unless the environment says otherwise. */
const columnsOfEnvironment = () => Number(process.env.COLUMNS) || Number.POSITIVE_INFINITY

function watchSize(output: Output, onResize: () => void): Disposable {
  output.on('resize', onResize)
  return { [Symbol.dispose]: () => output.off('resize', onResize) }
}

/** Keys, one by one, as long as they are not disposed of; paused, the terminal handles lines as it did before. */
interface Keys extends Disposable {
  pause(): void
  resume(): void
}

const noKeys: Keys = { pause() {}, resume() {}, [Symbol.dispose]() {} }

function takeKeys(
  { input = process.stdin }: LiveTableOptions,
  onKey: (text: string | undefined, key: Key) => void,
): Keys {
  if (!input.isTTY) return noKeys
  // A terminal that was closed is an error of each of these; SIGHUP says it too.
  input.on('error', () => {})
  emitKeypressEvents(input, { escapeCodeTimeout } as unknown as Interface)
  const resume = () => {
    input.setRawMode?.(true)
    input.resume()
  }
  const pause = () => {
    input.setRawMode?.(false)
    input.pause()
  }
  input.on('keypress', onKey)
  resume()
  return {
    pause,
    resume,
    [Symbol.dispose]() {
      input.off('keypress', onKey)
      pause()
    },
  }
}
