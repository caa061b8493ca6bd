/** What differs between architectures, which have Debian's names: Node's name for it, and QEMU's command and machine. */
export const architectures = {
  amd64: {
    node: 'x64',
    emulator: 'qemu-system-x86_64',
    machine: 'q35',
    cpu: 'max',
    // The second: else Linux 5.10 distrusts the emulated time stamp counter and reads the time three times as slowly.
    kernelArguments: ['console=ttyS0', 'tsc=reliable'],
  },
  arm64: {
    node: 'arm64',
    emulator: 'qemu-system-aarch64',
    machine: 'virt',
    // Has the atomic instructions, and not pointer authentication, which costs an emulator more than what it protects.
    cpu: 'neoverse-n1',
    kernelArguments: ['console=ttyAMA0'],
  },
}

/** The architecture of this machine. Throws when there is no kernel for it. */
export function nativeArchitecture() {
  const native = Object.keys(architectures).find((name) => architectures[name].node === process.arch)
  if (!native) throw new Error(`there is no kernel for this machine, which is ${process.arch}`)
  return native
}
