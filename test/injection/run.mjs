/* Lives each scenario again and again, with another call failing each time; prints what goes wrong, as JSON lines. Preloads fail_call. */
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, writeSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { getSystemErrorMap } from 'node:util'
import { scenarios } from './scenarios.mjs'

/** `kind`: whose calls fail, `calls` of the addon, `node` for its files, or `memory` for the addon's allocations. */
const [wanted, kind = 'calls', onlyStage, onlyCall] = process.argv.slice(2)
const order = { calls: '/fail-call', node: '/fail-call-node', memory: '/fail-call-memory' }[kind]
const scenario = scenarios[wanted]
const say = (line) => writeSync(1, `${JSON.stringify(line)}\n`)
const mostCalls = 12
const codes = new Set([...getSystemErrorMap().values()].map(([code]) => code))

const descriptors = () =>
  readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [`${fd} ${readlinkSync(`/proc/self/fd/${fd}`).replace(/\d+/g, 'N')}`]
    } catch {
      return [] // the directory itself
    }
  })

/** What is there now and was not before, once what ends a little later has ended. */
async function leftovers(before) {
  const now = () => [...descriptors(), ...(scenario.attached?.() ?? '').split('\n')].filter((each) => !before.has(each))
  for (let tries = 0; tries < 10; tries++) {
    if (now().length === 0) return []
    await sleep(20 << Math.min(tries, 4))
  }
  return now()
}

function wrongWith(error) {
  if (!(error instanceof Error)) return `throws ${String(error)}`
  if (!codes.has(error.code)) return `has the code ${error.code}: ${error.stack}`
  if (error.code === 'ENOTSUP' && /\b(EMFILE|ENOMEM)\b/.test(error.message)) return `blames the kernel: ${error.stack}`
  if (typeof error.operation !== 'string' || error.operation === '') return `has no operation: ${error.stack}`
  return undefined
}

/**
 * Which calls fail, each in a life of its own. Of very many each run takes others, and one of each kind at least, unless all are asked
 * for: EBPF_EVERY_CALL=1.
 */
function chosen(count, names) {
  const every = process.env.EBPF_EVERY_CALL ? 1 : Math.ceil(count / mostCalls)
  const calls = new Set()
  for (let call = 1 + Math.floor(Math.random() * every); call <= count; call += every) calls.add(call)
  if (kind !== 'memory') {
    for (const name of new Set(names)) {
      const same = names.flatMap((each, i) => (each === name ? [i + 1] : []))
      calls.add(same[Math.floor(Math.random() * same.length)])
    }
  }
  return [...calls].sort((a, b) => a - b)
}

/** Lives once. @returns how many calls the stage made, and the one that failed. */
async function live(failing, call, error = 0) {
  const before = new Set([...descriptors(), ...(scenario.attached?.() ?? '').split('\n')])
  const wrong = []
  let report = ''
  let thrown
  const at = async (stage, act) => {
    if (stage !== failing) return { value: await act() }
    closeSync(openSync(`${order}/${call}/${error}`))
    try {
      return { value: await act() }
    } catch (reason) {
      thrown = reason
      return { error: reason }
    } finally {
      report = readFileSync('/fail-call/report', 'latin1')
    }
  }
  const check = (what, found, expected) => found === expected || wrong.push(`${what}: ${found} instead of ${expected}`)
  try {
    await scenario.live(at, check, failing)
  } catch (reason) {
    wrong.push(`afterwards: ${reason.stack}`)
  }
  const complaint = thrown && wrongWith(thrown)
  if (complaint) wrong.push(`the error ${complaint}`)
  wrong.push(...(await leftovers(before)).map((each) => `left behind: ${each}`))
  const [first = '', ...names] = report.split('\n').slice(0, -1)
  const [count, name] = first.split(/ (.*)/)
  return { count: Number(count), name, names, wrong, thrown }
}

// libuv keeps a descriptor of /dev/null from the first stream on.
createServer().listen(0).close()

// What is loaded and found out once is no part of the calls that are counted.
for (let i = 0; i < 2; i++) {
  const { wrong } = await live('none', 0)
  if (wrong.length > 0) say({ scenario: wanted, warmUp: i, wrong })
}
for (const stage of scenario.stages) {
  if (onlyStage && stage !== onlyStage) continue
  const { count, names } = await live(stage, 0)
  let tried = 0
  let failed = 0
  for (const call of onlyCall ? [Number(onlyCall)] : chosen(count, names)) {
    writeSync(2, `${wanted} ${stage} ${call}\n`)
    const { name, wrong, thrown } = await live(stage, call)
    tried++
    if (name) failed++
    if (wrong.length > 0 || onlyCall)
      say({ scenario: wanted, stage, call, name, thrown: thrown && `${thrown.code} ${thrown.message}`, wrong })
  }
  say({ scenario: wanted, stage, calls: count, tried, failed })
}
