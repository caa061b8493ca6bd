import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** Starts the holder (peers/libbpf/holder.c) of a program and a map. */
export async function hold(command, ...args) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const number = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`${command} ended`)
    return Number(value)
  }
  return {
    mapId: await number(),
    run(repeat) {
      child.stdin.write(`${repeat}\n`)
      return number()
    },
    end: () => child.stdin.end(),
  }
}
