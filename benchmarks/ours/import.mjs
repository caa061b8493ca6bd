import { spawnSync } from 'node:child_process'
import { now, print } from './subject.mjs'

/**
 * import SAMPLES MODULE: what importing it adds to the start and the memory of Node, each sample against a bare one. Of `ebpf`
 * itself a call loads the addon, too, as every program's first use does.
 */
const [samples, module] = process.argv.slice(2)

function start(statement) {
  const begin = now()
  const script = `${statement}; process.stdout.write(String(process.memoryUsage.rss()))`
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script])
  if (status !== 0) throw new Error(`${stderr}`)
  return { time: (now() - begin) / 1e6, memory: Number(stdout) / 2 ** 20 }
}

const figures = { time: [], memory: [] }
for (let i = -1; i < Number(samples); i++) {
  const bare = start('')
  const full = start(`const { libbpfVersion } = await import('${module}'); libbpfVersion?.()`)
  if (i < 0) continue
  for (const [name, values] of Object.entries(figures)) values.push(full[name] - bare[name])
}
print(figures)
