import { emitKeypressEvents } from 'node:readline'
import type { Interruption } from '../interrupt.js'
import { Names } from '../names.js'
import { Controls, type Key } from './controls.js'
import { draw, type Picture } from './draw.js'
import { isScreen, type Output, Screen } from './screen.js'

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
  const append = (picture: Picture<Row>, width: number) =>
    output.write(`${draw(picture, controls, { width, top }).join('\n')}\n`)

  if (!isScreen(output)) {
    for await (const snapshot of snapshots) {
      append(pictureOf(snapshot), columnsOfEnvironment())
      output.write('\n')
    }
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
    using _keys = takeKeys(screen, controls, options, () => redraw())
    using _size = watchSize(output, () => redraw())
    for await (const snapshot of snapshots) {
      latest = pictureOf(snapshot)
      redraw()
    }
  }
  // The screen that was there before is back: the end of it all stays on it.
  redraw = () => {}
  if (latest) append(latest, output.columns || 80)
}

/** Without a terminal a line may be as long as it likes, unless the environment says otherwise. */
const columnsOfEnvironment = () => Number(process.env.COLUMNS) || Number.POSITIVE_INFINITY

function watchSize(output: Output, onResize: () => void): Disposable {
  output.on('resize', onResize)
  return { [Symbol.dispose]: () => output.off('resize', onResize) }
}

/** Key by key, as long as the table is shown. */
function takeKeys(
  screen: Screen,
  controls: Controls,
  { interruption, input = process.stdin }: LiveTableOptions,
  redraw: () => void,
): Disposable {
  if (!input.isTTY) return { [Symbol.dispose]: () => {} }
  const onKey = (text: string | undefined, key: Key) => {
    const asked = controls.press(text, key)
    if (asked === 'quit') interruption.stop()
    else if (asked === 'suspend') suspend(screen, input, redraw)
    else redraw()
  }
  emitKeypressEvents(input)
  input.setRawMode?.(true)
  input.on('keypress', onKey)
  input.resume()
  return {
    [Symbol.dispose]() {
      input.off('keypress', onKey)
      input.setRawMode?.(false)
      input.pause()
    },
  }
}

/** Ctrl-Z: the shell gets its terminal back, until it lets us go on. */
function suspend(screen: Screen, input: Input, redraw: () => void): void {
  screen.leave()
  input.setRawMode?.(false)
  process.once('SIGCONT', () => {
    input.setRawMode?.(true)
    screen.enter()
    redraw()
  })
  process.kill(process.pid, 'SIGTSTP')
}
