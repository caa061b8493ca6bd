import { colors } from '../colors.js'
import { table } from '../table.js'

/** What the demo counted, and what the kernel counted for the same packets. */
export interface DemoSummary {
  readonly packets: number
  readonly interfacePackets: number
  readonly bytes: number
  readonly interfaceBytes: number
  readonly retransmittedSegments: number
  readonly kernelRetransSegs: number
  /** Distinct flows. */
  readonly flows: number
  /** Packets and retransmissions that found a table full. */
  readonly lost: number
  readonly retransmitMode: string
  readonly flowAttachment: string
  readonly seconds: number
}

const pairs = [
  ['packets', 'packets', 'interfacePackets', 'rx + tx packets of both interfaces'],
  ['bytes', 'bytes', 'interfaceBytes', 'rx + tx bytes of both interfaces'],
  ['retransmitted segments', 'retransmittedSegments', 'kernelRetransSegs', 'Tcp: RetransSegs of both namespaces'],
] as const

/** Whether every total equals the kernel's and nothing was lost; a run without retransmissions proves nothing. */
export function agrees(summary: DemoSummary): boolean {
  return (
    pairs.every(([, ours, kernels]) => summary[ours] === summary[kernels] && summary[ours] > 0) && summary.lost === 0
  )
}

export function summaryText(summary: DemoSummary): string {
  const rows = pairs.map(([title, ours, kernels, source]) => ({
    title,
    ours: summary[ours],
    kernels: summary[kernels],
    source,
  }))
  const drawn = table(
    [
      { title: '', text: (row) => row.title },
      { title: 'EBPF', align: 'right', text: (row) => row.ours.toLocaleString('en') },
      { title: 'KERNEL', align: 'right', text: (row) => row.kernels.toLocaleString('en') },
      {
        title: '',
        text: (row) => (row.ours === row.kernels ? 'equal' : 'DIFFERENT'),
        paint: (row) => (row.ours === row.kernels ? colors.green : colors.red),
      },
      { title: 'KERNEL COUNTER', text: (row) => row.source, paint: () => colors.dim },
    ],
    rows,
  )
  const how = `flows by ${summary.flowAttachment}, retransmissions by ${summary.retransmitMode}, ${summary.seconds.toFixed(1)} s`
  return `${drawn.join('\n')}\n${summary.flows} flows, ${summary.lost} lost; ${how}`
}
