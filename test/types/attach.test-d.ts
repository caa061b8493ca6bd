import { type IteratorLink, type Link, type Links, open, queryPrograms, type StructOpsLink } from 'ebpf'
import { expectError, expectType } from 'tsd'

const object = await open('trace.bpf.o').load()
const program = object.program('on_event')

// A set of places is named one way only.
expectType<Link>(program.attachKprobeMulti({ pattern: 'tcp_*' }))
expectType<Link>(program.attachKprobeMulti({ symbols: ['vfs_read'], cookies: [1n] }))
expectError(program.attachKprobeMulti({}))
expectError(program.attachKprobeMulti({ pattern: 'tcp_*', cookies: [1n] }))
expectError(program.attachUprobeMulti('libc.so.6', { pattern: 'm*', cookies: [1n] }))
expectType<Link>(program.attachUprobe('libc.so.6', { symbol: 'malloc', pid: 1 }))
expectError(program.attachUprobe('libc.so.6'))
expectError(program.attachUprobe('libc.so.6', { symbol: 'malloc', cookie: 1 }))
expectError(program.attachUretprobe('libc.so.6', { symbol: 'malloc', offset: 4 }))
expectType<Link>(program.attachPerfEvent({ event: 'cpu-clock', frequency: 99, cpu: 0 }))
expectError(program.attachPerfEvent({ event: 'cpu-clok', frequency: 99, cpu: 0 }))

const link = program.attachIterator({ pid: 1 })
expectType<IteratorLink>(link)
for await (const line of link.lines()) expectType<string>(line)
for await (const task of link.records<{ readonly pid: number }>({ type: 'task' })) expectType<number>(task.pid)

// What a hook tells depends on it.
const [xdp] = queryPrograms({ interface: 'eth0', attachType: 'xdp' }).programs
expectType<'native' | 'generic' | 'hardware' | undefined>(xdp?.mode)
const [filter] = queryPrograms({ interface: 'eth0', attachType: 'clsact_ingress' }).programs
expectType<number | undefined>(filter?.handle)
expectType<bigint | undefined>(queryPrograms({ interface: 'eth0', attachType: 'tcx_ingress' }).revision)
expectError(queryPrograms({ interface: 'eth0', attachType: 'clsact' }))

expectType<Links>(object.attach())
expectType<StructOpsLink>(object.attachStructOps('ops'))
