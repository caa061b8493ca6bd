import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import test from 'ava'
import { compareUpstream, parseUpstream } from '../../scripts/lib/upstream.mjs'

const page = readFileSync('libbpf/upstream.md', 'utf8')
const heading = "# Upstream's commits since libbpf 1.5.0\n"
const row = (commit: string, state: string) => `| \`${commit}\` | A fix | ${state} |\n`

/** The commits of libbpf that fixes.mjs names. */
async function backPorts(): Promise<string[]> {
  const { fixes } = (await import(resolve('libbpf/fixes.mjs'))) as { fixes: { libbpf: { upstream?: string }[] } }
  return [...new Set(fixes.libbpf.flatMap(({ upstream }) => upstream ?? []))]
}

test('the fixes that are listed as back-ported are those of fixes.mjs', async (t) => {
  const { fixes } = parseUpstream(page)
  const listed = [...fixes].filter(([, { state }]) => state === 'back-ported').map(([commit]) => commit)
  t.deepEqual((await backPorts()).sort(), listed.sort())
})

test('the addon calls no function by which an upstream fix is said to be unreachable', (t) => {
  const reasons = [...parseUpstream(page).fixes.values()].map(({ reason }) => reason ?? '').join(' ')
  const functions = [...reasons.matchAll(/`((?:bpf_|btf_)\w*)`/g)].map(([, name]) => name ?? '')
  t.true(functions.includes('btf__dedup'))
  const source = readdirSync('src-native', { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(cc|h)$/.test(file))
    .map((file) => readFileSync(join('src-native', file), 'utf8'))
    .join('\n')
  t.true(source.includes('bpf_object__load('))
  t.deepEqual(
    functions.filter((name) => new RegExp(`\\b${name}\\b`).test(source)),
    [],
  )
})

/** The rows of a table of features: `what` it is, `here`, what the package makes of it, and its commits. */
function features(text: string) {
  const section = text.slice(text.indexOf('## Features'), text.indexOf('## The others'))
  const rows = [...section.matchAll(/^\| (.*) \| (.*) \| ((?:`[0-9a-f]{8}` ?)+) \|$/gm)]
  return rows.map(([, what = '', here = '', commits = '']) => ({
    what,
    here,
    commits: commits.match(/[0-9a-f]{8}/g) ?? [],
  }))
}

test('every function of libbpf since 1.6.0 is among the features, and those that are not exposed are not called', (t) => {
  const rows = features(page)
  const sinceThen = readFileSync('libbpf/source/libbpf/src/libbpf.map', 'utf8').split(/^(?=LIBBPF_1\.6\.0 )/m)[1] ?? ''
  const names = [...sinceThen.matchAll(/^\t\t(\w+);$/gm)].map(([, name = '']) => name)
  t.true(names.length >= 17, `${names}`)
  t.deepEqual(
    names.filter((name) => !rows.some(({ what }) => what.includes(`\`${name}\``))),
    [],
  )
  const source = readdirSync('src-native', { recursive: true, encoding: 'utf8' }).map((file) =>
    join('src-native', file),
  )
  const native = source.filter((file) => /\.(cc|h)$/.test(file)).map((file) => readFileSync(file, 'utf8'))
  const called = (name: string) => native.some((text) => new RegExp(`^(?! *//).*\\b${name}\\(`, 'm').test(text))
  const hidden = rows.filter(({ here }) => here.startsWith('not exposed: ')).map(({ what }) => what)
  const functions = hidden.flatMap((what) => [...what.matchAll(/`(bpf_\w+|btf_\w+)`/g)].map(([, name = '']) => name))
  t.true(functions.includes('bpf_linker__add_buf'))
  t.deepEqual(functions.filter(called), [])
  t.true(called('bpf_prog_stream_read'))
})

test('the commits of features are listed', (t) => {
  const { commits } = parseUpstream(page)
  const rows = features(page)
  t.true(rows.length >= 20)
  t.deepEqual(
    rows.flatMap((feature) => feature.commits).filter((commit) => !commits.includes(commit)),
    [],
  )
})

test('a list with an unknown state, a commit twice or no release is refused', (t) => {
  t.throws(() => parseUpstream(row('aaaaaaaa', 'included')), { message: /names no release/ })
  t.throws(() => parseUpstream(heading + row('aaaaaaaa', 'perhaps')), { message: /aaaaaaaa .* perhaps/ })
  t.throws(() => parseUpstream(heading + row('aaaaaaaa', 'unreachable: ')), { message: /aaaaaaaa/ })
  t.throws(() => parseUpstream(`${heading}${row('aaaaaaaa', 'included')}\n\`aaaaaaaa\`\n`), { message: /listed twice/ })
})

test('commits that the list lacks, or says something untrue of, are found in a clone', (t) => {
  const clone = mkdtempSync(join(tmpdir(), 'ebpf-upstream-'))
  try {
    const git = (...command: string[]) =>
      execFileSync('git', ['-C', clone, '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...command], {
        encoding: 'utf8',
        stdio: 'pipe',
      }).trim()
    const commit = (file: string, subject: string) => {
      mkdirSync(dirname(join(clone, file)), { recursive: true })
      writeFileSync(join(clone, file), subject)
      git('add', '.')
      git('commit', '--quiet', '-m', subject)
      return git('rev-parse', 'HEAD')
    }
    git('init', '--quiet')
    commit('src/a.c', 'before')
    git('tag', 'v1.5.0')
    const included = commit('src/a.c', 'included')
    const feature = commit('include/b.h', 'feature')
    commit('ci/c.yml', 'nothing that is kept')
    git('tag', 'v1.7.0')
    const ported = commit('src/a.c', 'ported')
    const missing = commit('src/d.c', 'missing')
    const compare = (text: string, ...backPorts: string[]) =>
      compareUpstream(parseUpstream(heading + text), { clone, reference: 'HEAD', version: '1.7.0', backPorts })
    const short = (name: string) => name.slice(0, 8)
    const rows = row(short(included), 'included') + row(short(ported), 'back-ported')
    const { missing: found, wrong } = compare(`${rows}\n\`${short(feature)}\`\n`, short(ported))
    t.deepEqual(wrong, [])
    t.is(found.length, 1)
    t.regex(found[0] ?? '', new RegExp(`^${missing} \\d{4}-\\d\\d-\\d\\d missing$`))

    const false_ = row(short(included), 'back-ported') + row(short(ported), 'included') + row('0123abcd', 'included')
    t.deepEqual(compare(`${false_}\n\`${short(feature)}\` \`${short(missing)}\`\n`, short(missing)), {
      missing: [],
      wrong: [
        '0123abcd is no commit to src or include between 1.5.0 and HEAD',
        `${short(included)} needs no back-port: 1.7.0 includes it`,
        `${short(included)} is not back-ported by fixes.mjs`,
        `${short(ported)} is not included in 1.7.0`,
        '0123abcd is not included in 1.7.0',
        `${short(missing)} is back-ported by fixes.mjs, but not listed as such`,
      ],
    })
  } finally {
    rmSync(clone, { recursive: true })
  }
})
