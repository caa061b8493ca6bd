import { basename } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { BtfError } from '../btf/index.js'
import { open } from '../object/open-object.js'
import { type GenerateOptions, generateTypes } from '../typegen/generate.js'
import { CliError } from './cli-error.js'
import { escapeUnsafe } from './json.js'
import { choice, collect } from './options.js'
import { replaceFile } from './output/replace-file.js'

interface TypesOptions extends GenerateOptions {
  readonly output?: string
  readonly type?: string[]
  readonly all?: boolean
  readonly as?: Record<string, string>
}

export function typesCommand(): Command {
  return new Command('types')
    .description('TypeScript types of an object file: its programs, maps, globals and structs')
    .argument('<file>', 'the object, x.bpf.o')
    .addOption(new Option('-o, --output <file>', 'write to a file, x.d.ts (default: standard output)'))
    .addOption(
      new Option(
        '-t, --type <name>',
        'also this struct, by its C name, even if no map or global refers to it; repeatable',
      ).argParser(collect),
    )
    .addOption(new Option('--all', 'every struct and union that the object has'))
    .addOption(choice('--int64 <what>', 'what 64-bit integers decode to', ['bigint', 'number']))
    .addOption(choice('--char-arrays <what>', 'what char arrays decode to', ['bytes', 'string']))
    .addOption(choice('--enums <what>', 'what enums decode to', ['number', 'name']))
    .addOption(choice('--addresses <what>', 'what in_addr and in6_addr decode to', ['struct', 'text']))
    .addOption(
      new Option(
        '--as <type=format>',
        'format of a type or of one of its fields, such as flow_key.saddr=ipv6; repeatable',
      ).argParser(assignment),
    )
    .action(runTypes)
}

function runTypes(path: string, { output, type = [], all, as, ...options }: TypesOptions): void {
  using object = open(path)
  const { btf, programs, maps } = object
  if (!btf) throw new CliError(`${path} has no BTF: compile it with clang -g`)
  const source = { btf, file: basename(path), programs: programs.values(), maps: maps.values() }
  const text = explaining(path, () =>
    generateTypes(
      { ...source, records: all ? 'all' : type },
      { ...options, ...(as && { types: as as NonNullable<GenerateOptions['types']> }) },
    ),
  )
  // Names from the object are in strings and comments. Line breaks are ours: those within a name are escaped already.
  const safe = text.split('\n').map(escapeUnsafe).join('\n')
  if (output === undefined) process.stdout.write(safe)
  else write(output, safe)
}

/** Errors in the file or in an option are shown to the user as a sentence. */
function explaining<T>(path: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (error instanceof BtfError || error instanceof TypeError || error instanceof RangeError)
      throw new CliError(`${path}: ${error.message}`)
    throw error
  }
}

function write(output: string, text: string): void {
  try {
    replaceFile(output, text)
  } catch (error) {
    throw new CliError(`cannot write ${output}: ${(error as Error).message}`)
  }
}

function assignment(text: string, previous: Readonly<Record<string, string>> = {}): Record<string, string> {
  const at = text.indexOf('=')
  if (at < 1)
    throw new InvalidArgumentError('it must be TYPE=FORMAT or TYPE.FIELD=FORMAT, such as flow_key.saddr=ipv6.')
  return { ...previous, [text.slice(0, at)]: text.slice(at + 1) }
}
