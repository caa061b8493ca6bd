import { BpfError, NotSupportedError, open, PermissionError, VerifierError } from 'ebpf'

async function attempt(path: string): Promise<string> {
  try {
    using bpf = await open(path).load()
    return `loaded ${bpf.programNames.join(', ')}`
  } catch (error) {
    // The most telling classes first: all of them are a BpfError.
    if (error instanceof VerifierError) return `${error.program} was refused: ${error.reason}\n${error.verifierLog}`
    if (error instanceof NotSupportedError)
      return `${error.feature} needs Linux ${error.minimumKernel}; ${error.instead}`
    if (error instanceof PermissionError) return `not permitted: ${error.reason}`
    if (error instanceof BpfError) return `${error.operation} failed with ${error.code}. libbpf said: ${error.log}`
    throw error
  }
}

console.log(await attempt('firewall.bpf.o'))
console.log(await attempt('unchecked.bpf.o'))
console.log(await attempt('nowhere.bpf.o'))
