import { BpfError, type Loader, open, openProgram, type RunLoaderOptions } from 'ebpf'
import { fixture } from '../helpers/fixture.js'
import { kernelTest } from '../helpers/kernel-test.js'
import { Signer, TestKeyring } from '../helpers/signing.js'

const needs = ['signed_loader'] as const
const packet = new Uint8Array(64)
const handles = () => open(fixture('handles'))

async function generate(): Promise<Loader> {
  const object = handles()
  for (const program of object.programs.values()) program.autoload = program.name === 'run_once'
  object.globals.runs = 5n
  return object.generateLoader({ hash: true })
}

kernelTest('the kernel loads what is signed by a key of the keyring, and nothing else', { needs }, async (t) => {
  const signer = new Signer('ebpf-test')
  const stranger = new Signer('ebpf-test-stranger')
  t.teardown(() => {
    signer[Symbol.dispose]()
    stranger[Symbol.dispose]()
  })
  const keyring = new TestKeyring([signer.certificate])
  t.teardown(() => keyring[Symbol.dispose]())
  const loader = await generate()
  const signature = signer.sign(loader.instructions)
  const run = (options: RunLoaderOptions, change: Partial<Loader> = {}) =>
    handles().runLoader({ ...loader, ...change }, { keyring: keyring.serial, ...options })

  using bpf = await run({ signature })
  t.is(bpf.globals.runs, 5n)
  bpf.program('run_once').run({ data: packet })
  t.is(bpf.globals.runs, 6n)
  using again = openProgram({ id: bpf.program('run_once').info().id })
  t.is(again.info().name, 'run_once')

  const refused = (code: string, message: RegExp) => ({ instanceOf: BpfError, code, message })
  const unknown = refused(
    'ENOKEY',
    /does not contain the certificate of the signer: add it with keyctl padd asymmetric/,
  )
  await t.throwsAsync(run({ signature: stranger.sign(loader.instructions) }), unknown)
  for (const other of ['builtin', 'secondary', 'platform'] as const) {
    await t.throwsAsync(
      run({ signature, keyring: other }),
      refused('ENOKEY', new RegExp(`the keyring ${other} does not contain`)),
    )
  }
  const changed = loader.instructions.slice()
  changed[changed.length - 12] = 1 // the value that the loader returns
  const otherBytes = refused('EKEYREJECTED', /sign the current instructions/)
  await t.throwsAsync(run({ signature }, { instructions: changed }), otherBytes)
  await t.throwsAsync(run({ signature: signer.sign(loader.data) }), otherBytes)
  await t.throwsAsync(run({ signature: signature.slice(0, 100) }), refused('EBADMSG', /not PKCS#7 in DER/))
  await t.throwsAsync(run({ signature: new Uint8Array(1 << 20) }), refused('EINVAL', /cannot read the signature/))
  await t.throwsAsync(run({ signature, keyring: 0x7fff_fff0 }), refused('EINVAL', /there is no keyring 2147483632/))

  // Signed, but with other data than was generated.
  const data = loader.data.slice()
  const at = Buffer.from(data).indexOf(Buffer.from([5, 0, 0, 0, 0, 0, 0, 0]))
  data[at] = 6
  await t.throwsAsync(
    run({ signature }, { data }),
    refused('EINVAL', /accepts only the data that it was generated with/),
  )
})

kernelTest('a keyring is named as keyctl names it', { needs }, async (t) => {
  const signer = new Signer('ebpf-test-user')
  t.teardown(() => signer[Symbol.dispose]())
  // Linked to the user's keyring, which is searched together with everything linked to it.
  const keyring = new TestKeyring([signer.certificate])
  t.teardown(() => keyring[Symbol.dispose]())
  const loader = await generate()
  using bpf = await handles().runLoader(loader, { signature: signer.sign(loader.instructions), keyring: 'user' })
  t.is(bpf.globals.runs, 5n)
})
