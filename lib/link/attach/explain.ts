import { BpfError, NotSupportedError, PermissionError } from '../../errors.js'
import type { NativeAttachKind } from '../../internal/binding.js'
import { withAdvice } from '../../internal/with-advice.js'
import type { Attachable } from './attach.js'
import { addressAdvice, kprobeAdvice, kprobeMultiAdvice } from './kernel-function.js'
import { btfAdvice, sectionAdvice, tracepointAdvice } from './nearby.js'
import { wayOf } from './sections.js'
import { ofSymbol, uprobeAdvice } from './user-function.js'

/** Adds advice to a failure to attach, if it can be found out: the kernel only returns a number. */
export function explainAttach(error: unknown, program: Attachable, kind: NativeAttachKind, options: object): unknown {
  if (!(error instanceof BpfError) || error instanceof PermissionError || error instanceof NotSupportedError)
    return error
  const advice = adviceFor(error, program, kind, options as Record<string, unknown>)
  return advice === undefined ? error : withAdvice(error, advice)
}

function adviceFor(
  error: BpfError,
  { section = '' }: Attachable,
  kind: NativeAttachKind,
  options: Record<string, unknown>,
): string | undefined {
  const { code, log } = error
  const named = code === 'ENOENT' || code === 'ESRCH'
  const { symbol, symbols, addresses, offset, category, name, ifindex } = options
  if (kind === 'tracepoint' && named) return tracepointAdvice(String(category), String(name))
  if (kind === 'raw_tracepoint' && named) return btfAdvice('tracepoint', String(name))
  if (kind === 'uprobe' || kind === 'uprobe_multi' || kind === 'usdt') {
    const advice = uprobeAdvice(error, options)
    if (advice !== undefined) return advice
  }
  if (kind === 'section' && ofSymbol(log) !== undefined) return ofSymbol(log)
  if (kind === 'section' && refusesFunction(code)) return ofSection(section, code)
  if (kind === 'kprobe' && refusesFunction(code)) return kprobeAdvice(String(symbol), code, Number(offset ?? 0))
  if (kind === 'kprobe_multi' && refusesFunction(code) && Array.isArray(symbols)) return kprobeMultiAdvice(symbols)
  // The kernel returns ENOENT here since Linux 7.
  if (kind === 'kprobe_multi' && refusesFunction(code) && Array.isArray(addresses)) return addressAdvice(addresses)
  if (code === 'ENODEV' && typeof ifindex === 'number') return `there is no interface with the index ${ifindex}`
  return ['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOTSUPP'].includes(code) ? wayOf(section, kind) : undefined
}

const refusesFunction = (code: string) =>
  ['ENOENT', 'ESRCH', 'EINVAL', 'EADDRNOTAVAIL', 'EILSEQ', 'ENOTSUP'].includes(code)

/** The advice for a section such as `tp/tcp/tcp_probe`, `raw_tp/tcp_probe` or `kprobe/tcp_close+8`. */
function ofSection(section: string, code: string): string | undefined {
  const [kind = '', first = '', second = ''] = section.replace(/^\?/, '').split('/')
  if (/^k(ret)?probe$/.test(kind) && first !== '') {
    const [symbol = '', offset = '0'] = first.split('+', 2)
    return kprobeAdvice(symbol, code, Number(offset))
  }
  // libbpf returns this for a section that names no target.
  if (code === 'ENOTSUP') return wayOf(section, 'section')
  if (code !== 'ENOENT' && code !== 'ESRCH') return undefined
  if (kind === 'tp' || kind === 'tracepoint') return tracepointAdvice(first, second)
  if (kind.startsWith('raw_t')) return btfAdvice('tracepoint', first)
  return sectionAdvice(section)
}
