/** The differences between architectures, by Debian's names: Node's name, and QEMU's command and machine. */
export const architectures = {
  amd64: {
    node: 'x64',
    emulator: 'qemu-system-x86_64',
    machine: 'q35',
    cpu: 'max',
    // Without tsc=reliable, Linux 5.10 distrusts the emulated time stamp counter and takes three times as long to read the time.
    kernelArguments: ['console=ttyS0', 'tsc=reliable'],
  },
  arm64: {
    node: 'arm64',
    emulator: 'qemu-system-aarch64',
    machine: 'virt',
    // Has the atomic instructions, but not pointer authentication, whose protection is not worth its cost in an emulator.
    cpu: 'neoverse-n1',
    kernelArguments: ['console=ttyAMA0'],
  },
}

/** The architecture of this machine. Throws if there is no kernel for it. */
export function nativeArchitecture() {
  const native = Object.keys(architectures).find((name) => architectures[name].node === process.arch)
  if (!native) throw new Error(`there is no kernel for this machine, which is ${process.arch}`)
  return native
}
