import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { BpfError, listMaps, openMap } from 'ebpf'
import { fixture } from '../helpers/fixture.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { nativeOf } from '../helpers/native-of.js'
import { load } from '../helpers/tracing.js'
import { binding } from '../native/addon.js'

const available = () => readFileSync('/proc/sys/net/ipv4/tcp_available_congestion_control', 'utf8').trim().split(' ')

/** One TCP connection in its own network namespace, where that congestion control is the default. */
function connect(congestionControl: string): void {
  const connection = `
    const net = require('node:net')
    const server = net.createServer((socket) => socket.end('x')).listen(0, '127.0.0.1', () =>
      net.connect(server.address().port, '127.0.0.1').resume().on('close', () => server.close()))`
  const script = `
    ip link set lo up
    echo ${congestionControl} > /proc/sys/net/ipv4/tcp_congestion_control
    exec "$@"`
  execFileSync('unshare', ['--net', 'sh', '-euc', script, 'sh', process.execPath, '-e', connection])
}

kernelTest('a congestion control is used while its map is attached', { needs: ['struct_ops'] }, (t) => {
  const bpf = load('struct_ops')
  t.false(available().includes('ebpf_test_plain'))
  const link = bpf.attachStructOps('plain')
  t.is(link.kind, 'struct_ops')
  t.is(link.map, 'plain')
  t.true(available().includes('ebpf_test_plain'))
  connect('ebpf_test_plain')
  t.is(bpf.globals.connections, 2n) // both ends
  t.throws(() => bpf.updateStructOps(link, 'plain'), { instanceOf: BpfError })
  bpf.close()
  t.true(available().includes('ebpf_test_plain'))
  link.close()
  link.close()
  t.false(available().includes('ebpf_test_plain'))
})

kernelTest('another map takes the place of the one of a link', { needs: ['struct_ops_link'] }, (t) => {
  using bpf = load('struct_ops_link')
  {
    using link = bpf.attachStructOps('first')
    t.true(link.fd > 0)
    connect('ebpf_test_link')
    t.is(bpf.globals.connections, 2n)
    bpf.updateStructOps(link, 'second')
    connect('ebpf_test_link')
    t.is(bpf.globals.connections, 2n)
    t.is(bpf.globals.connections_of_second, 2n)
    t.throws(() => bpf.attachStructOps('second'), { code: 'EEXIST', message: /second/ })
    t.throws(() => bpf.attachStructOps('no_such'), { instanceOf: RangeError, message: /'no_such'/ })
  }
  t.false(available().includes('ebpf_test_link'))
})

kernelTest('only a link of struct_ops takes another map', { needs: ['struct_ops'] }, (t) => {
  const object = binding.openObject(fixture('struct_ops'), {})
  object.loadSync()
  const map = object.maps().findIndex(({ name }) => name === 'plain')
  using bpf = load('tracing', 'tracepoint')
  const link = nativeOf(bpf.program('tracepoint')).attach('tracepoint', { category: 'raw_syscalls', name: 'sys_enter' })
  t.throws(() => object.updateStructOps(link, map), { code: 'EINVAL', message: /plain/ })
  link.close()
  t.throws(() => object.updateStructOps(link, map), { code: 'EBADF' })
  const other = object.maps().findIndex(({ name }) => name.endsWith('.bss'))
  t.throws(() => object.attachStructOps(other), { code: 'EINVAL', message: /\.bss/ })
  object.close()
})

kernelTest('what a killed process has registered is unregistered by its map’s id', { needs: ['struct_ops'] }, (t) => {
  const program = `
    import { open } from 'ebpf'
    const bpf = open(${JSON.stringify(fixture('struct_ops'))}).loadSync()
    bpf.attachStructOps('plain')
    console.log(bpf.map('plain').id)
    process.kill(process.pid, 'SIGKILL')`
  const { stdout, signal } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
  t.is(signal, 'SIGKILL')
  t.true(available().includes('ebpf_test_plain'))
  const left = [...listMaps()].filter(({ type, name }) => type === 'struct_ops' && name === 'plain')
  t.deepEqual(
    left.map(({ id }) => id),
    [Number(stdout)],
  )
  using map = openMap<number>({ id: Number(stdout) })
  t.true(map.delete(0))
  t.false(available().includes('ebpf_test_plain'))
  t.throws(() => map.set(0, new Uint8Array(0)), { code: 'ENOTSUP', message: /plain of type struct_ops/ })
})

kernelTest('a struct_ops map of a link is not unregistered by its id', { needs: ['struct_ops_link'] }, (t) => {
  using bpf = load('struct_ops_link')
  using _link = bpf.attachStructOps('first')
  using map = openMap<number>({ id: bpf.map('first').id })
  t.throws(() => map.delete(0), { code: 'ENOTSUP' })
  t.true(available().includes('ebpf_test_link'))
})
