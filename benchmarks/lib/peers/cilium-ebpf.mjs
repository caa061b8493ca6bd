import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { onPath } from '../../../scripts/lib/apt.mjs'
import { inRoot } from '../../../scripts/lib/root.mjs'
import { capture, run } from '../../../scripts/lib/run.mjs'
import { filesUnder, step } from '../../../scripts/lib/step.mjs'
import { built } from './folder.mjs'

// Debian's golang-github-cilium-ebpf-dev: a tree of sources, for builds without a network.
const debianSources = '/usr/share/gocode'

/** Go, against Debian's sources or, without them, the module of go.mod. */
export async function ciliumEbpf() {
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
