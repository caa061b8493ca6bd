import { printable } from '../../printable.js'
import { symbolAdvice } from './nearby.js'

interface Failure {
  readonly code: string
  readonly log: string
}

/** Why a uprobe cannot be placed at a function of a file; undefined if no reason is known. Only called after a failure. */
export function uprobeAdvice({ code, log }: Failure, options: Readonly<Record<string, unknown>>): string | undefined {
  const { symbol = notFound.exec(log)?.[1], path, pid } = options
  const known = ofSymbol(log)
  if (known !== undefined) return known
  if (code === 'ESRCH' && typeof pid === 'number' && /perf event|multi-uprobe/.test(log))
    return `there is no process ${pid}`
  // Otherwise ESRCH means that the function is in the file but not in an executable segment; libbpf reports that.
  return code === 'ENOENT' && typeof symbol === 'string' ? symbolAdvice(String(path), symbol) : undefined
}

/** libbpf's message about one of many symbols. It uses either form, whether or not the symbol exists. */
const notFound = /elf: (?:failed to find symbol )?'([^']*)' (?:in '|is 0 in symtab)/

/** The advice that fits libbpf's message about a symbol (elf_find_func_offset in elf.c, with libbpf/fixes/symbols.mjs). */
export function ofSymbol(log: string): string | undefined {
  const indirect = /elf: '([^']*)' of '(.*)' is an indirect function/.exec(log)
  if (indirect) {
    const [name, path] = shown(indirect)
    return `'${name}' of ${path} is an indirect function (STT_GNU_IFUNC): the loader picks one of several implementations for each program. Attach to that one, by its own symbol or by its offset in the file`
  }
  const imported = /elf: '(.*)' takes '([^']*)' from a shared library/.exec(log)
  if (imported) {
    const [path, name] = shown(imported)
    return `${path} calls '${name}' but does not define it: attach to the shared library that does (ldd lists them)`
  }
  const ambiguous = /elf: ambiguous match for '[^']*', '([^']*)' in '(.*)'/.exec(log)
  if (!ambiguous) return undefined
  const [name, path] = shown(ambiguous)
  return `several functions of ${path} are called '${name}': attach to each by its offset in the file, or name the version, '${name}@VERSION', if it has versions (nm shows both)`
}

const shown = ([, first = '', second = '']: RegExpExecArray): [string, string] => [printable(first), printable(second)]
