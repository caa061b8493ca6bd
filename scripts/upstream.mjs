import { readFileSync } from 'node:fs'
import { fixes } from '../libbpf/fixes.mjs'
import { sources } from '../libbpf/sources.mjs'
import { main } from './lib/main.mjs'
import { inRoot } from './lib/root.mjs'
import { Failure } from './lib/run.mjs'
import { compareUpstream, parseUpstream } from './lib/upstream.mjs'

const usage = `npm run upstream -- CLONE [REFERENCE]

Lists the commits of libbpf that libbpf/upstream.md does not name. CLONE is a clone of https://github.com/libbpf/libbpf
with its tags; REFERENCE, HEAD if it is not given, is the commit up to which to look.`

await main(() => {
  const [clone, reference = 'HEAD'] = process.argv.slice(2)
  if (!clone || clone.startsWith('-')) throw new Failure(usage)
  const list = parseUpstream(readFileSync(inRoot('libbpf/upstream.md'), 'utf8'))
  const { version } = sources.find(({ name }) => name === 'libbpf')
  const backPorts = [...new Set(fixes.libbpf.flatMap(({ upstream }) => upstream ?? []))]
  const { missing, wrong } = compareUpstream(list, { clone, reference, version, backPorts })
  for (const line of missing) console.log(line)
  for (const sentence of wrong) console.log(sentence)
  const summary = `${list.commits.length} commits listed, ${missing.length} missing, ${wrong.length} wrong`
  if (missing.length + wrong.length > 0) throw new Failure(summary)
  console.log(summary)
})
