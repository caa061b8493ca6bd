import { kernels } from './kernels.mjs'
import { runVmLane } from './lane.mjs'

/** node test/vm/run.mjs [KERNEL…] [-- COMMAND…]: boots kernels one after the other and shows what a command says there. */
const [labels, command] = split(process.argv.slice(2))
let failed = false
for (const kernel of labels.length > 0 ? labels : kernels.map((kernel) => kernel.label)) {
  const [outcome] = await runVmLane({
    root: process.cwd(),
    command: command.length > 0 ? command : ['uname', '-a'],
    kernels: [kernel],
    log: console.error,
    onOutput: (chunk) => process.stdout.write(chunk),
  })
  const { release, reported, exitStatus, output, seconds } = outcome
  if (!reported) console.error(output)
  console.error(
    `Linux ${release ?? kernel}: ${reported ? `exit status ${exitStatus}` : 'no report'}, ${seconds.toFixed(1)} s`,
  )
  failed ||= exitStatus !== 0
}
process.exitCode = failed ? 1 : 0

function split(args) {
  const end = args.indexOf('--')
  return end < 0 ? [args, []] : [args.slice(0, end), args.slice(end + 1)]
}
