import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { inRoot } from '../lib/root.mjs'
import { all } from '../lib/run.mjs'
import { filesUnder } from '../lib/step.mjs'
import { compileObject, optionsFor } from '../steps/bpf.mjs'
import { digestOf } from './digest.mjs'

/** A mistake may leave a variable unused. Without columns and the text of lines, equivalent code compiles to the same object. */
const own = ['-w', '-gno-column-info', '-fdebug-compilation-dir=/nowhere']

/** Compiles the objects that include a source or header. Resolves to a digest of them. */
export function bpfBuilder(file) {
  const sources = ['bpf', 'test/fixtures']
    .flatMap(filesUnder)
    .filter((each) => each.endsWith('.bpf.c') && reaches(each, file))
  const objects = sources.map((source) => source.replace(/c$/, 'o'))
  return {
    async build() {
      await all(
        sources.map((source, i) => {
          const arch = source.startsWith('bpf/') ? undefined : process.arch
          return compileObject(source, objects[i], [...optionsFor(arch), ...own])
        }),
      )
      return digestOf(objects)
    },
  }
}

/** Whether `from` includes `file`, directly or through headers in bpf/ or test/fixtures/. */
function reaches(from, file, seen = new Set()) {
  if (from === file) return true
  if (seen.has(from)) return false
  seen.add(from)
  const names = [...readFileSync(inRoot(from), 'utf8').matchAll(/^#include "([^"]+)"/gm)].map(([, name]) => name)
  const headers = [...filesUnder('bpf'), ...filesUnder('test/fixtures')].filter((each) =>
    names.includes(basename(each)),
  )
  return headers.some((header) => reaches(header, file, seen))
}
