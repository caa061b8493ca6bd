import {
  type BpfMap,
  type LinkInfo,
  listLinks,
  listPrograms,
  type OpenObject,
  openProgram,
  type ProgramInfo,
} from 'ebpf'
import { hasAttach } from 'ebpf/kernel'
import { type KernelFrame, kernelFrames } from 'ebpf/symbols'
import { expectAssignable, expectError, expectType } from 'tsd'

declare const object: OpenObject
declare const map: BpfMap<number, bigint>

object.map('a').type = 'lru_hash'
object.map('a').typeId = 9
expectType<number>(object.map('a').typeId)
object.map('a').pinPath = undefined
object.map('a').reuse(map)
object.map('a').setInner(map)
expectError(object.map('a').reuse('/sys/fs/bpf/a'))
object.program('p').setAttachTarget('tcp_v4_connect')
object.program('p').setAttachTarget({ program: openProgram({ id: 1 }), function: 'f' })
expectError(openProgram({}))
expectError(object.program('p').setAttachTarget({ function: 'f' }))

expectType<IterableIterator<ProgramInfo>>(listPrograms())
expectType<IterableIterator<LinkInfo>>(listLinks())
expectType<KernelFrame[]>(kernelFrames([1n]))
expectError(kernelFrames([1]))
expectAssignable<boolean>(hasAttach('tcx'))
expectError(hasAttach('magic'))
