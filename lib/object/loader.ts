import { type OptionNames, requireInteger, requireOptions, requireText, show } from '../arguments.js'
import { BpfError, NotSupportedError, PermissionError } from '../errors.js'
import type { NativeLoader, NativeLoaderRun, NativeObject } from '../internal/binding.js'
import { withAdvice } from '../internal/with-advice.js'
import { requiringAsync } from '../kernel/features.js'
import { didYouMean } from '../nearest.js'

/**
 * A loader program made by `OpenObject.generateLoader`, which libbpf calls a light skeleton. It is a single program, of type syscall,
 * that creates an object's maps and loads its programs, so that one signature vouches for all of them.
 */
export interface Loader {
  /** The loader's own instructions. These are what you sign. */
  readonly instructions: Uint8Array
  /** The loader's input: the object's programs and the initial values of its globals. */
  readonly data: Uint8Array
  /** The names of the programs that it loads, in the order in which it loads them. */
  readonly programs: readonly string[]
}

/** Options of `OpenObject.generateLoader`. */
export interface LoaderOptions {
  /**
   * Makes the loader refuse any other `data`: its instructions contain the SHA-256 of `data`, so that a signature of the instructions
   * vouches for both. Such a loader only runs on Linux 6.18 to 7.2, which keep the hash where it looks. Default: false.
   */
  readonly hash?: boolean
}

/** A keyring, by name or by the serial number that `keyctl` prints. The last three are the kernel's own. */
export type Keyring = number | 'session' | 'user' | 'user-session' | 'builtin' | 'secondary' | 'platform'

/** Options of `OpenObject.runLoader`. */
export interface RunLoaderOptions {
  /**
   * A detached signature of the loader's instructions, PKCS#7 in DER, which the kernel verifies (Linux 6.18). Default: none. The
   * kernel then loads the loader like any other program.
   */
  readonly signature?: Uint8Array
  /** The keyring in which the kernel looks for the signer's certificate. Default: `session`. */
  readonly keyring?: Keyring
}

const loaderNames: OptionNames<Loader> = { instructions: true, data: true, programs: true }
const generateNames: OptionNames<LoaderOptions> = { hash: true }
const runNames: OptionNames<RunLoaderOptions> = { signature: true, keyring: true }

// KEY_SPEC_* of <linux/keyctl.h>; VERIFY_USE_*_KEYRING of the kernel's <linux/verification.h>. The thread and process keyrings are
// left out: they belong to the thread that creates them, and a loader runs on the thread pool.
const keyrings: Readonly<Record<Exclude<Keyring, number>, number>> = {
  session: -3,
  user: -4,
  'user-session': -5,
  builtin: 0,
  secondary: 1,
  platform: 2,
}

/** `OpenObject.generateLoader` */
export async function generateLoader(native: NativeObject, options: LoaderOptions): Promise<NativeLoader> {
  return await native.generateLoader(requireOptions(options, generateNames).hash ?? false)
}

/** The checked arguments of `OpenObject.runLoader`, for the addon. */
export function loaderRun(
  loader: Loader,
  options: RunLoaderOptions,
  indexOf: (program: string) => number,
): NativeLoaderRun {
  const { instructions, data, programs } = requireOptions(loader, loaderNames, 'loader')
  const { signature, keyring = 'session' } = requireOptions(options, runNames)
  if (!Array.isArray(programs)) throw new TypeError(`loader.programs must be an array, not ${show(programs)}`)
  const indices = new Set<number>()
  // Ends at the first wrong name, however long the array is.
  for (const [index, name] of programs.entries()) {
    const program = indexOf(requireText(name, `loader.programs[${index}]`))
    if (indices.has(program)) throw new TypeError(`loader.programs must name each program once, not ${show(programs)}`)
    indices.add(program)
  }
  if (signature?.length === 0) throw new RangeError('signature must not be empty; without one, leave it out')
  const run = { instructions, data, programs: [...indices], keyring: keyringNumber(keyring) }
  return signature === undefined ? run : { ...run, signature }
}

function keyringNumber(keyring: Keyring): number {
  if (typeof keyring === 'number') return requireInteger(keyring, 'keyring')
  if (Object.hasOwn(keyrings, requireText(keyring, 'keyring'))) return keyrings[keyring]
  const names = Object.keys(keyrings)
  const advice = didYouMean(keyring, names) || `; the keyrings are ${names.join(', ')}`
  throw new RangeError(`there is no keyring ${show(keyring)}${advice}`)
}

/** Runs the loader. The errors of an old kernel and of a refused signature get advice. */
export async function runLoader(native: NativeObject, run: NativeLoaderRun, keyring: Keyring): Promise<void> {
  const isSigned = run.signature !== undefined
  try {
    await requiringAsync(isSigned ? 'signed_loader' : 'loader', () => native.runLoader(run))
  } catch (error) {
    throw explainLoader(error, isSigned, keyring)
  }
}

function explainLoader(error: unknown, isSigned: boolean, keyring: Keyring): unknown {
  if (!(error instanceof BpfError) || error instanceof NotSupportedError || error instanceof PermissionError)
    return error
  const { code, operation, log } = error
  const ofLoader = operation.startsWith('load the loader of ')
  const advice = ofLoader && isSigned ? signatureAdvice(code, keyring) : undefined
  if (advice !== undefined) return withAdvice(error, advice)
  const silent = operation.endsWith(' by its loader') && code === 'EINVAL' && log === ''
  return silent && error.message === `${operation}: EINVAL` ? withAdvice(error, refusedData) : error
}

const refusedData =
  'a map could not be created (load() of the object says why), or the loader was generated with hash: it accepts only the data that it was generated with, and only on Linux 6.18 to 7.2'

function signatureAdvice(code: string, keyring: Keyring): string | undefined {
  switch (code) {
    case 'ENOKEY':
      return `the keyring ${keyring} does not contain the certificate of the signer: add it with keyctl padd asymmetric "" KEYRING < certificate.der`
    case 'EKEYREJECTED':
      return 'the signature does not match these instructions, or was made with another key: sign the current instructions'
    case 'EBADMSG':
      return 'the signature is not PKCS#7 in DER: create it with openssl cms -sign -binary -outform DER -noattr -nocerts'
    case 'EINVAL':
      return `the kernel cannot read the signature, or there is no keyring ${keyring} that this process may search`
    default:
      return undefined
  }
}
