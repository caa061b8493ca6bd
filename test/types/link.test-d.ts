import { type Link, open, openLink, queryPrograms } from 'ebpf'
import { expectError, expectType } from 'tsd'

const bpf = open('net.bpf.o').loadSync()
const program = bpf.program('on_packet')

const link = program.attachTcx({ interface: 'eth0', direction: 'ingress', anchor: 'first', expectedRevision: 3n })
expectType<Link>(link)
expectType<Link>(program.attachTcx({ interface: 2, direction: 'egress', before: link }))
expectType<Link>(program.attachTcx({ interface: 2, direction: 'egress', after: { linkId: 7 } }))
expectError(program.attachTcx({ interface: 2, direction: 'egress', before: 7 }))
expectError(program.attachTcx({ interface: 2, direction: 'egress', expectedRevision: 3 }))
expectError(program.attachNetkit({ interface: 2, direction: 'egress' }))
expectType<Link>(program.attachXdp({ interface: 'eth0', mode: 'native' }))
expectError(program.attachXdp({ interface: 'eth0', mode: 'fast' }))
expectType<Link>(program.attachCgroup({ path: '/sys/fs/cgroup/x', anchor: 'first' }))
expectError(program.attachCgroup({ anchor: 'first' }))
expectType<Link>(program.attachSockmap(bpf.map('sockets')))
expectType<Link>(program.attachSocketFilter({ fd: 3 }))
expectType<Link>(program.attachSocketFilter({ interface: 'eth0' }))
expectError(program.attachNetfilter({ family: 'ipv4' }))

link.update(program, { expected: program })
expectError(link.update('on_packet'))
expectType<string | undefined>(link.pinPath)
expectType<Link>(openLink({ path: '/sys/fs/bpf/x' }))
expectError(openLink('/sys/fs/bpf/x'))
expectType<bigint | undefined>(queryPrograms({ interface: 'eth0', attachType: 'tcx_ingress' }).revision)
expectError(queryPrograms({ interface: 'eth0', attachType: 'xdp' }))
