import { type BpfObject, type OpenObject, open, type Program } from 'ebpf'
import { expectError, expectType } from 'tsd'

const object = open('trace.bpf.o')
expectType<OpenObject>(object)
expectType<OpenObject>(open(new Uint8Array()))
expectError(open(1))

// The phases are types: what is only opened does not attach, what is loaded is no longer sized.
expectError(object.program('on_event').attach())
expectType<Promise<BpfObject>>(object.load())
const loaded = await object.load()
expectType<Program>(loaded.program('on_event'))
expectError((loaded.map('peers').maxEntries = 1))
