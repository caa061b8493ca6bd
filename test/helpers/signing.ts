import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A signer of loaders, using the commands that docs/objects.md shows. */
export class Signer {
  readonly #folder = mkdtempSync(join(tmpdir(), 'ebpf-signer-'))

  constructor(name: string) {
    const request = ['req', '-new', '-x509', '-newkey', 'rsa:2048', '-nodes', '-sha256', '-subj', `/CN=${name}`]
    this.#openssl(...request, '-keyout', this.#file('key.pem'), '-out', this.#file('certificate.pem'))
    const toDer = ['x509', '-in', this.#file('certificate.pem'), '-outform', 'DER']
    this.#openssl(...toDer, '-out', this.#file('certificate.der'))
  }

  /** X.509, DER. */
  get certificate(): Uint8Array {
    return readFileSync(this.#file('certificate.der'))
  }

  /** PKCS#7, DER, detached. */
  sign(bytes: Uint8Array): Uint8Array {
    writeFileSync(this.#file('loader'), bytes)
    const keys = ['-signer', this.#file('certificate.pem'), '-inkey', this.#file('key.pem'), '-md', 'sha256']
    const form = ['-outform', 'DER', '-noattr', '-nocerts', '-keyid', '-binary']
    this.#openssl('cms', '-sign', ...keys, ...form, '-in', this.#file('loader'), '-out', this.#file('signature'))
    return readFileSync(this.#file('signature'))
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true })
  }

  #file(name: string): string {
    return join(this.#folder, name)
  }

  #openssl(...parameters: string[]): void {
    execFileSync('openssl', parameters, { stdio: ['ignore', 'ignore', 'pipe'] })
  }
}

/** A keyring of its own, linked to the user's keyring. Perl makes the system calls, which Node does not have. */
export class TestKeyring {
  readonly serial: number

  constructor(certificates: readonly Uint8Array[]) {
    this.serial = systemCall('add_key', `'keyring', 'ebpf-test-${process.pid}', 0, 0, -4`)
    for (const certificate of certificates) {
      const bytes = Buffer.from(certificate).toString('hex')
      systemCall('add_key', `'asymmetric', '', pack('H*', '${bytes}'), ${certificate.length}, ${this.serial}`)
    }
  }

  /** Unlinks it from the user's keyring, which frees it. */
  [Symbol.dispose](): void {
    const KEYCTL_UNLINK = 9
    systemCall('keyctl', `${KEYCTL_UNLINK}, ${this.serial}, -4`)
  }
}

const numbers = process.arch === 'arm64' ? { add_key: 217, keyctl: 219 } : { add_key: 248, keyctl: 250 }

function systemCall(name: keyof typeof numbers, parameters: string): number {
  // Perl's constants are read-only, and so cannot be passed to a system call.
  const program = `my @given = (${parameters}); my $result = syscall(${numbers[name]}, @given); $result >= 0 or die "${name}: $!"; print $result`
  return Number(execFileSync('perl', ['-e', program], { encoding: 'utf8' }))
}
