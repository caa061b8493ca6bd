import { createReadStream } from 'node:fs'

/** Passes on what is appended to a growing file, until `stop()` has passed on the rest. */
export function follow(path, onOutput) {
  let position = 0
  const read = async () => {
    for await (const chunk of createReadStream(path, { start: position })) {
      position += chunk.length
      onOutput(chunk)
    }
  }
  let reading = Promise.resolve()
  const timer = setInterval(() => {
    reading = reading.then(read)
  }, 200)
  const stop = async () => {
    clearInterval(timer)
    await reading.then(read)
  }
  return { stop }
}
