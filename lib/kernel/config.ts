import { readFileSync } from 'node:fs'
import { release } from 'node:os'
import { gunzipSync } from 'node:zlib'
import { requireLinux } from '../internal/require-linux.js'

let read: { readonly options: ReadonlyMap<string, string> | undefined } | undefined

/**
 * The configuration of the running kernel: values by option, such as `NET_XGRESS` → `y`. Names have no `CONFIG_`; options that are not set
 * are left out. Read from `/proc/config.gz` or `/boot/config-RELEASE`; undefined if neither can be read.
 */
export function kernelConfig(): ReadonlyMap<string, string> | undefined {
  requireLinux('read the configuration of the kernel')
  read ??= {
    options:
      parse(() => gunzipSync(readFileSync('/proc/config.gz'))) ??
      parse(() => readFileSync(`/boot/config-${release()}`)),
  }
  return read.options
}

function parse(bytes: () => Buffer): ReadonlyMap<string, string> | undefined {
  let text: string
  try {
    text = bytes().toString('latin1')
  } catch {
    return undefined
  }
  return new Map(Array.from(text.matchAll(/^CONFIG_(\w+)=(.*)$/gm), ([, name, value]) => [name ?? '', value ?? '']))
}
