import { join } from 'node:path'

/** The path of a compiled fixture; ava runs every test in the package's root. */
export function fixture(name: string): string {
  return join(process.cwd(), 'test', 'fixtures', `${name}.bpf.o`)
}
