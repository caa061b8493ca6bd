import { open } from 'ebpf'
import { fixture } from '../helpers/fixture.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { load } from '../helpers/tracing.js'

/* What an error says to do next, where the kernel only gives a number. */

function only(name: string) {
  const object = open(fixture('misspelt'))
  for (const program of object.programs.values()) program.autoload = program.name === name
  return object
}

kernelTest('a misspelt target of a section is told when the object is loaded', { needs: ['tp_btf', 'iter'] }, (t) => {
  const targets = {
    no_tracepoint: /SEC\("tp_btf\/sched_process_exce"\): the kernel has no tracepoint .*'sched_process_exec'/,
    no_function: /BTF has no function 'vfs_raed'.*; did you mean 'vfs_read'/,
    no_iterator: /the kernel has no iterator 'taks'; did you mean 'task'/,
  }
  for (const [name, message] of Object.entries(targets))
    t.throws(() => only(name).loadSync(), { code: 'ESRCH', message })
})

kernelTest('a misspelt target that is set is told at once', { needs: ['tp_btf'] }, (t) => {
  using object = only('no_function')
  t.throws(() => object.program('no_function').setAttachTarget('vfs_raed'), { message: /did you mean 'vfs_read'/ })
})

kernelTest('a misspelt tracepoint is told with the nearest of its category', {}, (t) => {
  using bpf = load('tracing', 'tracepoint')
  const attach = (category: string, name: string) => () => bpf.program('tracepoint').attachTracepoint(category, name)
  t.throws(attach('sched', 'sched_process_exce'), {
    code: 'ENOENT',
    message: /'sched' has no tracepoint 'sched_process_exce'; did you mean 'sched_process_exec'/,
  })
  t.throws(attach('shced', 'sched_process_exec'), { message: /no category 'shced'; did you mean 'sched'/ })
})

kernelTest('a misspelt function of a library is told with the nearest', { needs: ['uprobe'] }, (t) => {
  using bpf = load('autoattach', 'on_uprobe')
  t.throws(() => bpf.program('on_uprobe').attachUprobe(process.execPath, { symbol: 'uv_lop_init' }), {
    code: 'ENOENT',
    message: /has no function 'uv_lop_init'; did you mean '.*uv_loop_init'/,
  })
})

kernelTest(
  'a misspelt function among several of a file is reported with the nearest',
  { needs: ['uprobe_multi'] },
  (t) => {
    using bpf = load('tracing', 'uprobe_multi')
    const symbols = ['uv_loop_init', 'uv_lop_init']
    t.throws(() => bpf.program('uprobe_multi').attachUprobeMulti(process.execPath, { symbols }), {
      code: 'ENOENT',
      message: /has no function 'uv_lop_init'; did you mean '.*uv_loop_init'/,
    })
  },
)

kernelTest('a program that names no target, or is attached the wrong way, is told by which method', {}, (t) => {
  using bpf = only('no_target').loadSync()
  const program = bpf.program('no_target')
  t.throws(() => program.attach(), {
    code: 'ENOTSUP',
    message: /for a program of SEC\("tc"\), use attachTc\({ interface/,
  })
  t.throws(() => program.attachXdp({ interface: 'lo' }), {
    code: 'EINVAL',
    message: /for a program of SEC\("tc"\), use attachTc\(/,
  })
  t.throws(() => program.attachTracepoint('sched', 'sched_process_exec'), {
    message: /for a program of SEC\("tc"\), use attachTc\(/,
  })
})

kernelTest('an object of which nothing is attached says so, with the methods', {}, async (t) => {
  using bpf = only('no_target').loadSync()
  const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
  using links = bpf.attach()
  t.deepEqual(links.skipped, ['no_target'])
  const { name, message } = await warned
  t.is(name, 'BpfWarning')
  t.regex(message, /attached nothing. no_target: for a program of SEC\("tc"\), use attachTc/)
})

kernelTest('an interface that is not there is told with the nearest, an index with itself', {}, (t) => {
  using bpf = only('no_target').loadSync()
  const attach = (name: string | number) => () =>
    bpf.program('no_target').attachClsact({ interface: name, direction: 'ingress' })
  t.throws(attach('lp'), { code: 'ENODEV', message: /no interface 'lp'.*did you mean '?.*lo/ })
  t.throws(attach(987_654), { code: 'ENODEV', message: /no interface with the index 987654/ })
})
