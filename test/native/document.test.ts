import { execFileSync } from 'node:child_process'
import test from 'ava'

test('the CommonJS build works where there is a global document, as in tests of pages', (t) => {
  for (const document of [
    '{}',
    'null',
    "{ baseURI: 'about:blank', currentScript: { tagName: 'SCRIPT', src: 'http://localhost/a.js' } }",
  ]) {
    const program = `globalThis.document = ${document}; console.log(require('ebpf/kernel').kernelFacts().release)`
    t.regex(execFileSync(process.execPath, ['-e', program], { encoding: 'utf8' }), /^\d+\./, document)
  }
})
