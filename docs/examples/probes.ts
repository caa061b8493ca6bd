import {
  bootTimeToDate,
  dateToKtime,
  hasAttach,
  hasHelper,
  hasMapType,
  kernelConfig,
  kernelFacts,
  ktimeToDate,
} from 'ebpf/kernel'

const { release, btf, missingCapabilities } = kernelFacts()
console.log(`Linux ${release}, BTF: ${btf}, missing: ${missingCapabilities.join(', ') || 'nothing'}`)

// Each is tried on this kernel, once.
console.log(`TCX: ${hasAttach('tcx')}, arenas: ${hasMapType('arena')}`)
console.log(`XDP programs may redirect: ${hasHelper('xdp', 'bpf_redirect_map')}`)
console.log(`fprobe: ${kernelConfig()?.get('FPROBE') ?? 'not set, or not known'}`)

console.log(`booted ${bootTimeToDate(0n).toISOString()}`)
const now = new Date()
const drift = ktimeToDate(dateToKtime(now)).getTime() - now.getTime()
console.log(`there and back: ${Math.abs(drift)} ms`)
