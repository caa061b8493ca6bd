import { createRequire } from 'node:module'
import { join } from 'node:path'
import { libbpfVersion } from 'ebpf/kernel'
import type { Binding } from '../../lib/internal/binding.js'

libbpfVersion() // the first use is what loads it

/**
 * The addon itself, as the package that the other helpers use has loaded it. lib/internal/binding.js, bundled into a test,
 * would be a second copy of the package: the addon has one factory of errors, so each would see the other's classes.
 */
export const binding = createRequire(join(process.cwd(), '/'))('node-gyp-build')(process.cwd()) as Binding
