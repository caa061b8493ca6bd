import { kernelNamed, kernels } from './kernels.mjs'
import { runVmLane } from './lane.mjs'

/** node test/vm/run.mjs [KERNEL…] [-- COMMAND…]: boots kernels one after the other and shows the output of a command there. */
const [labels, command] = split(process.argv.slice(2))
try {
  for (const label of labels) kernelNamed(label)
  for (const label of labels) if (!(await run(label))) process.exitCode = 1
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}

function split(args) {
  const end = args.includes('--') ? args.indexOf('--') : args.length
  const [labels, command] = [args.slice(0, end), args.slice(end + 1)]
  return [
    labels.length > 0 ? labels : kernels.map((kernel) => kernel.label),
    command.length > 0 ? command : ['uname', '-a'],
  ]
}

async function run(label) {
  const onOutput = (chunk) => process.stdout.write(chunk)
  const options = { root: process.cwd(), commandFor: () => command, kernels: [label], log: console.error, onOutput }
  const [{ release, reported, exitStatus, problem, seconds }] = await runVmLane(options)
  if (!reported) console.error(problem)
  const end = reported ? `exit status ${exitStatus}` : 'no report'
  console.error(`Linux ${release ?? label}: ${end}, ${seconds.toFixed(1)} s`)
  return exitStatus === 0
}
