/** A command in network and mount namespaces of its own, after `prepare`: lines of a shell. */
export const isolated = (command, prepare = '') => [
  ...['unshare', '--net', '--mount', '--propagation', 'private', 'sh', '-euc'],
  `ip link set lo up\n${prepare}\nexec "$@"`,
  'sh',
  ...command,
]

/**
 * With tracefs, which bpftrace needs, and an interface whose peer takes everything and answers nothing, so that every connection
 * begins again and again.
 */
export const silentNetwork = (command) => isolated(command, silence)

const silence = `
  mountpoint -q /sys/kernel/tracing || mount -t tracefs tracefs /sys/kernel/tracing
  ip link add bench0 type veth peer name bench1
  ip link set bench0 up
  ip link set bench1 up
  ip address add 10.99.0.1/24 dev bench0
  ip neighbour add 10.99.0.2 lladdr 02:00:00:00:00:02 dev bench0`

/** What bpftrace runs where this package counts flows: far less, but it too has a record for each packet. */
export const flowProbe = 'tracepoint:net:net_dev_queue { printf("record\\n"); }'
