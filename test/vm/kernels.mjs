/**
 * The kernels of the lane and where Debian has them; the first source that answers is taken. `release` must match the kernel's
 * own release, so that no label is wrong; `architecture` is one of architectures.mjs. `extent`, one of extents.mjs, is how much of the
 * kernel lane `npm test` runs there. The oldest, the newest and the other architecture run everything that a kernel can change; the
 * kernels in between run what may differ. The lane starts them in this order: the longest first, so that the last do not run alone.
 */
export const kernels = [
  {
    label: '5.10',
    architecture: 'amd64',
    extent: 'full',
    release: /^5\.10\./,
    sources: [{ suite: 'bullseye', name: 'linux-image-amd64' }],
  },
  {
    label: '6.12-arm64',
    architecture: 'arm64',
    extent: 'full',
    release: /^6\.12\./,
    sources: [
      { suite: 'bookworm', name: 'linux-image-6.12-arm64' },
      { suite: 'trixie', name: 'linux-image-arm64' },
    ],
  },
  {
    label: '7.x',
    architecture: 'amd64',
    extent: 'full',
    release: /^7\./,
    sources: [{ suite: 'forky', name: 'linux-image-amd64' }],
  },
  {
    label: '6.12',
    architecture: 'amd64',
    extent: 'differences',
    release: /^6\.12\./,
    sources: [
      { suite: 'bookworm', name: 'linux-image-6.12-amd64' },
      { suite: 'trixie', name: 'linux-image-amd64' },
    ],
  },
  {
    label: '6.1',
    architecture: 'amd64',
    extent: 'differences',
    release: /^6\.1\./,
    sources: [{ suite: 'bookworm', name: 'linux-image-amd64' }],
  },
]

/** The kernel with this label. Throws if there is none. */
export function kernelNamed(label) {
  const kernel = kernels.find((kernel) => kernel.label === label)
  const known = kernels.map((kernel) => kernel.label).join(', ')
  if (!kernel) throw new Error(`there is no kernel ${label}; there are ${known}`)
  return kernel
}

/** A metapackage depends on an image, and since 7.0 the image depends on packages of its parts. */
export const kernelPackage = /^linux-(image|binary|modules|base)-\d/

/** Modules that a network or BPF test may load, and those that the guest needs to mount its root. Hardware drivers are left out. */
export const wantedModules = [
  'arch/arm64/crypto',
  'arch/x86/crypto',
  'crypto',
  'drivers/net',
  'drivers/pps',
  'drivers/ptp',
  'drivers/virtio',
  'fs/9p',
  'fs/fscache',
  'fs/netfs',
  'fs/overlayfs',
  'lib',
  'net',
]

export const unwantedModules = [
  'drivers/net/arcnet',
  'drivers/net/can',
  'drivers/net/ethernet',
  'drivers/net/fddi',
  'drivers/net/hamradio',
  'drivers/net/ieee802154',
  'drivers/net/phy',
  'drivers/net/usb',
  'drivers/net/wireless',
  'drivers/net/wwan',
  'net/bluetooth',
  'net/can',
  'net/mac80211',
  'net/nfc',
  'net/sunrpc',
  'net/wireless',
]
