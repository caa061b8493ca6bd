import { readdirSync } from 'node:fs'
import { Command } from 'commander'
import { isRoot } from '../scripts/lib/platform.mjs'
import { inRoot } from '../scripts/lib/root.mjs'
import { Failure } from '../scripts/lib/run.mjs'
import { compare } from './lib/compare.mjs'
import { growthOf } from './lib/growth.mjs'
import { machine } from './lib/machine.mjs'
import { installPeers } from './lib/peers/install.mjs'
import { findPeers } from './lib/peers.mjs'
import { printMachine, printResults } from './lib/report.mjs'
import { saveResults } from './lib/save.mjs'

const questions = readdirSync(inRoot('benchmarks'))
  .filter((file) => file.endsWith('.mjs') && file !== 'run.mjs')
  .map((file) => file.slice(0, -'.mjs'.length))

/** npm run bench [-- NAME… --json --quick --install-peers --save] */
export async function bench(argv) {
  const command = new Command('bench')
    .description('Measures this package against its peers, in one run and interleaved.')
    .argument('[name...]', `what to measure: ${questions.join(', ')}; all of it without names`)
    .option('--json', 'a line of JSON for each figure')
    .option('--quick', 'few samples: whether it runs, not what it costs')
    .option('--install-peers', 'first install the peers that are missing, by apt, npm and cargo')
    .option('--save', 'write the results and a plot into docs/benchmarks/')
    .parse(argv, { from: 'user' })
  const { json, quick, save, installPeers: install } = command.opts()
  const names = command.args.length > 0 ? command.args : questions
  for (const name of names)
    if (!questions.includes(name)) throw new Failure(`There is no benchmark ${name}: ${questions.join(', ')}`)
  if (!isRoot()) throw new Failure('The benchmarks load BPF programs: run them as root.')

  if (install) await installPeers()
  const peers = await findPeers()
  const described = await machine()
  if (json) console.log(JSON.stringify({ machine: described, missing: peers.missing }))
  else printMachine(described, peers)

  for (const name of names) {
    const { question } = await import(`./${name}.mjs`)
    const measured = []
    for (const series of question.series({ peers: peers.found, quick })) {
      const compared = await compare(question, series, quick ? 1 : (question.rounds ?? 7))
      const figures = [...compared, ...growthOf(question, series, compared)]
      for (const figure of json ? figures : []) console.log(JSON.stringify(figure))
      measured.push({ series, figures })
    }
    if (!json) printResults(question, measured)
    if (save) saveResults(described, peers, question, measured)
  }
}
