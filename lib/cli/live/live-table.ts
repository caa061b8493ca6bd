import { emitKeypressEvents, type Interface } from 'node:readline'
import type { Interruption } from '../interrupt.js'
import { Names } from '../names.js'
import type { Output } from '../output/output.js'
import { PacedWriter } from '../output/paced-writer.js'
import { Controls, type Key } from './controls.js'
import { draw, type Picture } from './draw.js'
import { isScreen, Screen } from './screen.js'
import { suspension } from './suspension.js'

/** Where keys come from: standard input, or a test's replacement for it. */
export interface Input extends NodeJS.ReadableStream {
  readonly isTTY?: boolean
  setRawMode?(raw: boolean): unknown
}

/** How an address is shown: as itself, or by its name. */
export type NameOf = (address: string) => string

export interface LiveTableOptions {
  /** What the table can be sorted by, and what it is sorted by at first. */
  readonly sorts: readonly string[]
  readonly sort: string
  readonly reverse?: boolean
  /** Number of rows. Default: as many as fit on the screen; 20 without a screen. */
  readonly top?: number
  /** Show names of addresses by reverse DNS. */
  readonly dns?: boolean
  readonly interruption: Interruption
  readonly output?: Output
  readonly input?: Input
}

const topWithoutScreen = 20
/** Input within this many milliseconds after Esc belongs to a sequence, as of an arrow key: terminals send it at once, hands do not. */
const escapeCodeTimeout = 50

/** Shows one snapshot after another: in place on a terminal, where keys change what is shown; otherwise one below the other. */
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
  // The previous screen is back: the final table is printed on it, and stays.
  redraw = () => {}
  if (latest) await append(latest, output.columns || 80)
  await writer.flush()
}

/** Without a terminal, lines may have any length, unless the environment says otherwise. */
const columnsOfEnvironment = () => Number(process.env.COLUMNS) || Number.POSITIVE_INFINITY

function watchSize(output: Output, onResize: () => void): Disposable {
  output.on('resize', onResize)
  return { [Symbol.dispose]: () => output.off('resize', onResize) }
}

/** Keys, one by one, until disposed of. While paused, the terminal handles lines as it did before. */
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
  // A closed terminal causes an error in each of these; SIGHUP reports it too.
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
