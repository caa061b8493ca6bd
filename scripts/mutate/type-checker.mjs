import { readFileSync } from 'node:fs'
import { inRoot, root } from '../lib/root.mjs'
import { Failure } from '../lib/run.mjs'

/** The compiler, kept for one changing file: `compile` returns its JavaScript, and throws if its types are wrong. */
export async function typeChecker(file) {
  const { default: ts } = await import('typescript')
  const { config } = ts.readConfigFile(inRoot('tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [file], include: [] }, ts.sys, root)
  const path = inRoot(file)
  let version = 0
  const service = ts.createLanguageService({
    ...ts.sys,
    useCaseSensitiveFileNames: () => true,
    getCompilationSettings: () => ({ ...options, noEmit: false, removeComments: true }),
    getCurrentDirectory: () => root,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    getScriptFileNames: () => [path],
    getScriptVersion: (name) => (name === path ? String(version) : '0'),
    getScriptSnapshot: (name) => {
      const text = ts.sys.readFile(name)
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text)
    },
  })
  return {
    compile() {
      version++
      const [problem] = [...service.getSyntacticDiagnostics(path), ...service.getSemanticDiagnostics(path)]
      if (problem) throw new Failure(ts.flattenDiagnosticMessageText(problem.messageText, '\n'))
      return ts.transpile(readFileSync(path, 'utf8'), { ...options, noEmit: false, removeComments: true })
    },
  }
}
