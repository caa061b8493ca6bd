import { execFileSync } from 'node:child_process'

/** Parses libbpf/upstream.md: `since`, the release after which it starts; `fixes` by commit, with their state; all `commits`. */
export function parseUpstream(text) {
  const since = /^# .* since libbpf (\d+\.\d+\.\d+)$/m.exec(text)?.[1]
  if (!since) throw new Error('the first heading names no release of libbpf')
  const fixes = new Map()
  for (const [, commit, subject, state] of text.matchAll(/^\| `([0-9a-f]{8,40})` \| (.*) \| ([^|]*) \|$/gm)) {
    if (!/^(included|back-ported|unreachable: .+)$/.test(state))
      throw new Error(`${commit} has no known state: ${state}`)
    if (fixes.has(commit)) throw new Error(`${commit} is listed twice`)
    fixes.set(commit, { subject, state: state.split(':')[0], reason: state.split(': ')[1] })
  }
  const others = [...text.matchAll(/^(?:`[0-9a-f]{8,40}` ?)+$/gm)].flatMap(([line]) =>
    line.replaceAll('`', '').split(' '),
  )
  const commits = [...fixes.keys(), ...others.filter((commit) => commit !== '')]
  const twice = commits.find((commit, index) => commits.indexOf(commit) !== index)
  if (twice) throw new Error(`${twice} is listed twice`)
  return { since, fixes, commits }
}

/**
 * Compares the list with a clone of libbpf, up to `reference`. Returns the commits that are `missing` from the list, as lines of
 * `git log`, and what is `wrong` in it, as sentences.
 */
export function compareUpstream({ since, fixes, commits }, { clone, reference, version, backPorts }) {
  const git = (...command) => execFileSync('git', ['-C', clone, ...command], { encoding: 'utf8', stdio: 'pipe' })
  const log = (range) =>
    git('log', '--reverse', '--no-merges', '--format=%H %as %s', range, '--', 'src', 'include')
      .split('\n')
      .filter(Boolean)
  const listed = (line) => commits.some((commit) => line.startsWith(commit))
  const all = log(`v${since}..${reference}`)
  const released = log(`v${since}..v${version}`)
  const within = (lines, commit) => lines.some((line) => line.startsWith(commit))
  const wrong = []
  for (const commit of commits) {
    if (!within(all, commit)) wrong.push(`${commit} is no commit to src or include between ${since} and ${reference}`)
  }
  for (const [commit, { state }] of fixes) {
    const inRelease = within(released, commit)
    if (state === 'included' && !inRelease) wrong.push(`${commit} is not included in ${version}`)
    if (state === 'back-ported' && inRelease) wrong.push(`${commit} needs no back-port: ${version} includes it`)
    if (state === 'back-ported' && !backPorts.includes(commit)) wrong.push(`${commit} is not back-ported by fixes.mjs`)
  }
  for (const commit of backPorts) {
    if (fixes.get(commit)?.state !== 'back-ported')
      wrong.push(`${commit} is back-ported by fixes.mjs, but not listed as such`)
  }
  return { missing: all.filter((line) => !listed(line)), wrong }
}
