import { architectures, nativeArchitecture } from './architectures.mjs'

/** The command line of a virtual machine whose kernel log goes to the file `console`. */
export function qemu({ architecture, vmlinuz, initramfs, report, console }) {
  const { emulator, machine, cpu, kernelArguments } = architectures[architecture]
  return [
    // Anything that ends the runner, even kill -9, ends the machine. With nice, tests on this machine's own kernel have priority.
    ...['setpriv', '--pdeathsig', 'KILL', 'nice', emulator],
    ...['-machine', machine, '-smp', '2', '-m', '2048'],
    ...accelerator(architecture, cpu),
    ...['-no-user-config', '-nodefaults', '-display', 'none', '-no-reboot'],
    ...['-serial', `file:${console}`],
    ...['-kernel', vmlinuz, '-initrd', initramfs, '-append', [...kernelArguments, ...commonArguments].join(' ')],
    ...share('root', '/', ',readonly=on'),
    ...share('report', report),
  ]
}

/**
 * KVM is opt-in: on some machines with /dev/kvm, nested guests hang. Emulation runs both processors in one
 * thread: with a thread each, they keep waiting for each other while Node.js compiles, which doubles the time of a test.
 */
const accelerator = (architecture, cpu) =>
  process.env.EBPF_VM_KVM === '1' && architecture === nativeArchitecture()
    ? ['-accel', 'kvm', '-cpu', 'host']
    : ['-accel', 'tcg,thread=single', '-cpu', cpu]

const commonArguments = [
  'loglevel=5',
  // With -no-reboot an oops or a panic ends the machine at once, without a status.
  ...['oops=panic', 'panic=-1'],
  // Only the tests run here, so the protection of zeroed memory and of grace periods is not worth the time.
  ...['mitigations=off', 'init_on_alloc=0', 'rcupdate.rcu_expedited=1', 'transparent_hugepage=never', 'audit=0'],
]

/** A folder of this machine that the guest mounts by its tag; folders mounted in it are included. */
function share(tag, path, options = '') {
  const escaped = path.replaceAll(',', ',,')
  return [
    ...['-fsdev', `local,id=${tag},path=${escaped},security_model=none,multidevs=remap${options}`],
    ...['-device', `virtio-9p-pci,fsdev=${tag},mount_tag=${tag}`],
  ]
}
