import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

// In the package, so that what is compiled there finds `ebpf` by its own name.
export const compiledIn = (name: string) => join(process.cwd(), '.cache', 'compiled', name)

/** Compiles files strictly, as a user's project would. Returns what tsc says about them: nothing if all is well. */
export function compile(name: string, files: Readonly<Record<string, string>>): string {
  const where = compiledIn(name)
  rmSync(where, { recursive: true, force: true })
  mkdirSync(where, { recursive: true })
  for (const [file, text] of Object.entries(files)) writeFileSync(join(where, file), text)
  const options = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUnusedLocals: true,
    noEmit: true,
    skipLibCheck: true,
  }
  const modules = { module: 'NodeNext', moduleResolution: 'NodeNext', target: 'ES2022', types: ['node'] }
  const lib = ['ES2023', 'ESNext.Disposable']
  const config = { compilerOptions: { ...options, ...modules, lib }, include: ['*.ts'] }
  writeFileSync(join(where, 'tsconfig.json'), JSON.stringify(config))
  const args = ['node_modules/typescript/bin/tsc', '--pretty', 'false', '--project', where]
  return spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout
}
