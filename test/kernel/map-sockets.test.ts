import { spawnSync } from 'node:child_process'
import { BpfError, createMap } from 'ebpf'
import { possibleCpus } from 'ebpf/kernel'
import { kernelTest } from '../helpers/kernel-test.js'
import { loadOnly } from '../helpers/load.js'

/**
 * Runs a module with a socket that Node cannot make: Perl makes `$s`, which stays open when Node replaces it. The
 * module finds its descriptor in `fd`.
 */
function withSocket(making: string, module: string): string {
  const program = `
    use Socket; $^F = 255;
    ${making}
    exec @ARGV, fileno $s;`
  const script = `
    import { createMap } from 'ebpf'
    const fd = Number(process.argv[1])
    const code = (use) => { try { use(); return 'none' } catch (error) { return error.code } }
    ${module}`
  const node = [process.execPath, '--input-type=module', '-e', script]
  const { stdout, stderr, status } = spawnSync('perl', ['-e', program, ...node], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`it ended with status ${status}: ${stderr}`)
  return stdout
}

kernelTest('a reuseport array takes a listening socket and gives its cookie', {}, (t) => {
  const listening = `
    socket my $s, AF_INET, SOCK_STREAM, 0 or die $!;
    setsockopt $s, SOL_SOCKET, SO_REUSEPORT, 1 or die $!;
    bind $s, sockaddr_in(0, inet_aton '127.0.0.1') or die $!;
    listen $s, 1 or die $!;`
  const printed = withSocket(
    listening,
    `const map = createMap({ type: 'reuseport_sockarray', valueSize: 8, maxEntries: 2 })
    map.set(1, fd)
    console.log(map.get(1) > 0n, map.get(0), [...map.keys()].length, code(() => map.set(1, { fd }, 'noexist')))
    console.log(map.delete(1), map.get(1), map.delete(1))
    map.close()`,
  )
  t.is(printed, 'true undefined 1 EEXIST\ntrue undefined false\n')
})

kernelTest('an xskmap takes an AF_XDP socket with its memory and rings', { needs: ['xskmap'] }, (t) => {
  const mmap = process.arch === 'x64' ? 9 : 222
  // AF_XDP, SOL_XDP; XDP_UMEM_REG, XDP_UMEM_FILL_RING, XDP_UMEM_COMPLETION_RING, XDP_RX_RING (include/uapi/linux/if_xdp.h)
  const ready = `
    socket my $s, 44, SOCK_RAW, 0 or die $!;
    my $memory = syscall ${mmap}, 0, 65536, 3, 0x22, -1, 0;
    setsockopt $s, 283, 4, pack 'QQLLLL', $memory, 65536, 4096, 0, 0, 0 or die $!;
    setsockopt $s, 283, $_, pack 'l', 16 or die $! for 5, 6, 2;`
  const printed = withSocket(
    ready,
    `const map = createMap({ type: 'xskmap', maxEntries: 2 })
    const again = () => code(() => map.set(1, fd, 'exist'))
    console.log(again())
    map.set(1, fd)
    console.log(again(), code(() => map.get(1)))
    map.delete(1)
    console.log(again())
    map.close()`,
  )
  t.is(printed, 'ENOENT\nnone ENOTSUP\nENOENT\n')
})

for (const type of ['devmap', 'devmap_hash'] as const) {
  kernelTest(`an entry of a ${type} has a program`, {}, (t) => {
    using bpf = loadOnly('redirect', ['on_device'])
    const program = bpf.program('on_device')
    using map = createMap({ type, valueSize: 8, maxEntries: 4 })
    map.set(3, { target: 1, program })
    t.deepEqual(map.get(3), { target: 1, program: program.info().id })
    map.set(3, { target: 1 })
    t.deepEqual(map.get(3), { target: 1 })
    t.throws(() => map.set(3, { target: 1, program: 'it' as never }), {
      instanceOf: TypeError,
      message: /program .*it/,
    })
    t.true(map.delete(3))
    t.is(map.get(3), undefined)
  })
}

kernelTest('an entry of a cpumap has a program', {}, (t) => {
  using bpf = loadOnly('redirect', ['on_cpu', 'on_device'])
  using map = createMap({ type: 'cpumap', valueSize: 8, maxEntries: possibleCpus() })
  map.set(0, { target: 192, program: bpf.program('on_cpu') })
  t.deepEqual(map.get(0), { target: 192, program: bpf.program('on_cpu').info().id })
  t.throws(() => map.set(0, { target: 192, program: bpf.program('on_device') }), { instanceOf: BpfError })
  t.true(map.delete(0))
})
