import run from '../../node_modules/ava/lib/cli.js'
import TapReporter from '../../node_modules/ava/lib/reporters/tap.js'

/**
 * ava's command line, with two things that its TAP lacks: how long each test took, as a comment that parseTap (tap.mjs) reads, and which
 * tests hung when ava gives up on a file. In that case ava passes its reporter a plain Error, on which the reporter throws.
 */
const { writeTest } = TapReporter.prototype

TapReporter.prototype.writeTest = function (event, flags) {
  const { err, duration } = event
  writeTest.call(this, err instanceof Error ? { ...event, err: serialized(err) } : event, flags)
  if (duration !== undefined) this.reportStream.write(`# took ${Math.round(duration)} ms\n`)
}

const serialized = (error) => ({ type: 'native', name: error.name, stack: error.stack, originalError: error })

run()
