import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { onPath } from '../../scripts/lib/apt.mjs'
import { inRoot } from '../../scripts/lib/root.mjs'
import { capture, run } from '../../scripts/lib/run.mjs'
import { filesUnder, step } from '../../scripts/lib/step.mjs'

const built = '.cache/benchmarks'

/**
 * The peers that can run here: `{ name: { version, command(program, ...args) } }`, and for those that cannot why not. C is always
 * there, built against the very libbpf that the addon has in it; the rest is used where it is installed.
 */
export async function findPeers() {
  mkdirSync(inRoot(built), { recursive: true })
  const found = { libbpf: await libbpf() }
  const missing = {}
  for (const [name, find] of Object.entries({ 'cilium/ebpf': ciliumEbpf, bpftrace, iperf3 })) {
    const peer = await find()
    if (typeof peer === 'string') missing[name] = peer
    else found[name] = peer
  }
  return { found, missing }
}

async function libbpf() {
  const folder = 'benchmarks/peers/libbpf'
  const sources = readdirSync(inRoot(folder)).filter((file) => file.endsWith('.c'))
  const archive = 'build/Release/bpf.a'
  const zstd = (await run('gcc', ['-print-file-name=libzstd.a'])).trim()
  const flags = ['-O2', '-Wall', '-Ilibbpf/source/src', '-Ilibbpf/source/include/uapi']
  const libraries = [archive, '-l:libelf.a', '-l:libz.a', ...(existsSync(zstd) ? ['-l:libzstd.a'] : []), '-lpthread']
  const output = (source) => join(built, source.replace(/\.c$/, ''))
  await step({
    name: 'peers in C',
    inputs: [...filesUnder(folder), archive],
    options: { flags },
    outputs: sources.map(output),
    run: async () => {
      for (const source of sources) {
        await run('gcc', [...flags, '-o', output(source), join(folder, source), ...libraries])
      }
    },
  })
  return { version: 'the addon’s', command: (program, ...args) => [inRoot(join(built, program)), ...args.map(String)] }
}

// Debian's golang-github-cilium-ebpf-dev: a tree of sources, for builds without a network.
const debianSources = '/usr/share/gocode'

async function ciliumEbpf() {
  if (!onPath('go')) return 'go is not installed'
  const folder = 'benchmarks/peers/cilium-ebpf'
  const output = inRoot(join(built, 'cilium-ebpf'))
  const go = (await run('go', ['version'])).trim()
  const offline = existsSync(join(debianSources, 'src/github.com/cilium/ebpf'))
  const modules = offline ? { GO111MODULE: 'off', GOPATH: debianSources, GOFLAGS: '' } : { GOFLAGS: '-mod=mod' }
  try {
    await step({
      name: 'peer in Go',
      inputs: filesUnder(folder),
      options: { go, offline },
      outputs: [join(built, 'cilium-ebpf')],
      // `go build -C` is newer than the Go of Debian stable.
      run: () =>
        run('env', ['-C', folder, 'go', 'build', '-o', output, '.'], {
          env: { ...modules, GOCACHE: inRoot('.cache/go'), CGO_ENABLED: '0' },
        }),
    })
  } catch (error) {
    return `it does not build: ${error.message}`
  }
  const version = offline ? await debianVersion('golang-github-cilium-ebpf-dev') : 'of go.mod'
  return { version: `${version}, ${go.split(' ')[2]}`, command: (...args) => [output, ...args.map(String)] }
}

const debianVersion = async (name) =>
  (await capture('dpkg-query', ['--show', `--showformat=\${Version}`, name])).stdout.trim()

const bpftrace = () => installed('bpftrace')
const iperf3 = () => installed('iperf3')

async function installed(tool) {
  if (!onPath(tool)) return 'it is not installed'
  const [line] = (await run(tool, ['--version'])).split('\n')
  return { version: line.replace(`${tool} `, ''), command: (...args) => [tool, ...args] }
}
