import type { NetworkInterface } from '../../lib/net/network-interface.js'

/** An Ethernet interface that is up. */
export const networkInterface = (index: number, more: Partial<NetworkInterface> = {}): NetworkInterface => ({
  name: `if${index}`,
  index,
  up: true,
  running: true,
  loopback: false,
  linkType: 1,
  mtu: 1500,
  alternativeNames: [],
  ...more,
})
