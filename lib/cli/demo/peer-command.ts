import { Command } from 'commander'
import { serve, talk } from './peer.js'

/** Run by the processes at the demo's two ends; users do not call it. */
export function demoPeerCommand(): Command {
  return new Command('demo-peer')
    .argument('<role>')
    .argument('[arguments...]')
    .action(async (role: string, [ipv4 = '', ipv6 = '', seconds = '']: string[]) => {
      if (role === 'server') await serve()
      else await talk([ipv4, ipv6], Number(seconds))
    })
}
