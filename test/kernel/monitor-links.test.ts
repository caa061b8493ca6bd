import { mkdtempSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { openLink } from 'ebpf'
import { Link } from '../../lib/link/link.js'
import { loadBundled } from '../../lib/monitors/shared/bundled.js'
import { MonitorLinks } from '../../lib/monitors/shared/monitor-links.js'
import { kernelTest } from '../helpers/kernel-test.js'

const programs = ['socket_state', 'socket_state_again', 'socket_destroy', 'socket_destroy_again']

const loadSocket = () =>
  loadBundled('socket', (opened) => {
    for (const program of opened.programs.values()) program.autoload = programs.includes(program.name)
  })

const isThere = (id: number) => {
  try {
    openLink({ id }).close()
    return true
  } catch {
    return false
  }
}

kernelTest(
  'tracing programs are detached off the main thread, and are off when that resolves',
  { needs: ['tp_btf'] },
  async (t) => {
    using object = await loadSocket()
    const links = programs.map((name) => object.program(name).attach())
    const ids = links.map((link) => link.info().id)
    const detaching = Link.detachAll(links, 0)
    t.true(links.every(({ closed }) => closed))
    t.throws(() => links[0]?.info(), { code: 'EBADF' })
    await detaching
    t.deepEqual(ids.filter(isThere), [])
    await Link.detachAll(links, 0)
  },
)

kernelTest('a pinned link stays attached when others are detached', { needs: ['tp_btf'] }, async (t) => {
  using object = await loadSocket()
  const folder = mkdtempSync('/sys/fs/bpf/ebpf-test-')
  t.teardown(() => rmdirSync(folder))
  const links = programs.slice(0, 2).map((name) => object.program(name).attach())
  const ids = links.map((link) => link.info().id)
  links[0]?.pin(join(folder, 'link'))
  await Link.detachAll(links, 0)
  t.deepEqual(ids.map(isThere), [true, false])
  const opened = openLink({ path: join(folder, 'link') })
  opened.unpin()
  opened.close()
})

kernelTest('what a monitor has attached is detached once, by detach or close', { needs: ['tp_btf'] }, async (t) => {
  using object = await loadSocket()
  const links = new MonitorLinks()
  await links.attach(programs.map((name) => object.program(name)))
  const first = links.detach()
  t.is(links.detach(), first)
  links.close()
  await first
})
