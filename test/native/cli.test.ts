import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import test from 'ava'

interface Ended {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs `ebpf` with these arguments. */
const ebpf = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  new Promise((resolve) => {
    const options = { env: { ...process.env, ...env } }
    execFile(process.execPath, ['dist/cli.cjs', ...args], options, (error, stdout, stderr) =>
      resolve({ status: error ? Number(error.code) : 0, stdout, stderr }),
    )
  })

for (const [args, expected] of [
  [['flows', '--interval', '-1'], /^error: .*interval.*-1.*positive/],
  [['flwos'], /^error: unknown command.*flwos/],
  [['flows', '-i', 'no-such-if'], /^ebpf: .*no-such-if/],
  [['flows', '-i', 'lp'], /^ebpf: find interface lp: ENODEV: there is no interface 'lp'.*did you mean .*'lo'/],
  [['flows', '--sort', 'bytse'], /^error: .*bytse.*Allowed choices are source, .*did you mean 'bytes'\?\n$/],
  [['flows', '--attach', 'txc'], /^error: .*Allowed choices are auto, tcx, clsact; did you mean 'tcx'\?\n$/],
  [['retransmits', '--events', 'open'], /^error: .*'open' is not one of opened, .*; did you mean 'opened'\?\n$/],
  [['types', 'docs/examples/syscalls.bpf.o', '--enums', 'nmae'], /^error: .*Allowed choices are number, name; did you/],
  [['flows', '--sort', 'rtt'], /^ebpf: --sort rtt is not a column of this table: there are source, /],
] as const) {
  test(`what is wrong with ${args.join(' ')} is said in a sentence, without a stack, and with status 1`, async (t) => {
    const { status, stdout, stderr } = await ebpf(args)
    t.is(status, 1)
    t.is(stdout, '')
    t.regex(stderr, expected)
    t.notRegex(stderr, /\n\s+at /)
  })
}

test('EBPF_DEBUG adds what libbpf said', async (t) => {
  const [plain, debug] = await Promise.all(
    ['', '1'].map((value) => ebpf(['types', 'package.json'], { EBPF_DEBUG: value })),
  )
  t.regex(plain?.stderr ?? '', /^ebpf: open package\.json: .*\n$/)
  t.is(debug?.status, 1)
  t.is(debug?.stderr, `${plain?.stderr}libbpf: elf: 'package' is not a proper ELF object\n\n`)
})

test('help tells of every command for people, and each of its options', async (t) => {
  const { status, stdout } = await ebpf(['--help'])
  t.is(status, 0)
  const named = [...stdout.matchAll(/^ {2}([a-z][\w-]*) /gm)].map(([, name]) => name)
  t.deepEqual(named, ['flows', 'retransmits', 'types', 'demo', 'doctor', 'rebuild', 'help'])
  for (const [command, option] of [
    ['flows', '--json'],
    ['retransmits', '--json'],
    ['types', '--int64'],
    ['demo', '--json'],
    ['doctor', '--json'],
    ['rebuild', '--verbose'],
  ] as const) {
    const help = await ebpf([command, '--help'])
    t.is(help.status, 0)
    t.true(help.stdout.startsWith(`Usage: ebpf ${command} `), help.stdout)
    t.true(help.stdout.includes(` ${option} `), help.stdout)
  }
})

test('--version is the package’s', async (t) => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  t.deepEqual(await ebpf(['--version']), { status: 0, stdout: `${version}\n`, stderr: '' })
})

test('the command line loads its code by require, and nowhere by an import of CommonJS', (t) => {
  const code = readdirSync('dist').filter((name) => name.endsWith('.cjs'))
  const texts = code.map((name) => readFileSync(`dist/${name}`, 'utf8'))
  for (const [i, text] of texts.entries()) t.notRegex(text, /\bimport\s*\(\s*["'`]\.{1,2}\//, code[i])
  for (const command of ['flows', 'retransmits', 'doctor', 'demo', 'types']) {
    const lazily = new RegExp(`Promise\\.resolve\\(require\\("\\./${command}-\\w+\\.cjs"\\)\\)`)
    t.true(
      texts.some((text) => lazily.test(text)),
      command,
    )
  }
})
