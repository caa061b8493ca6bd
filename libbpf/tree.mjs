import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { version } from './origins.mjs'

/** SHA-256 over the lines `path sha256` of every file that `unpack` leaves, sorted by path. */
const treeSha256 = 'f24f7d759d252159100399795f20a313838e31a09a88919ae56dcac4d5271646'

const target = join(dirname(fileURLToPath(import.meta.url)), 'source')

/** What C++ and BPF programs include as <bpf/...>: the headers that libbpf installs. */
const publicHeaders =
  /^(bpf|btf|libbpf(_common|_legacy|_version)?|bpf_(helpers|helper_defs|tracing|endian|core_read)|usdt\.bpf)\.h$/

const fixes = [
  // CVE-2025-29481: a crafted object made libbpf read outside it. Upstream's one line, which Debian carries too.
  {
    file: 'src/libbpf.c',
    from: 'if (sec_off + prog_sz > sec_sz) {',
    to: 'if (sec_off + prog_sz > sec_sz || sec_off + prog_sz < sec_off) {',
  },
  // The same in a struct_ops section, where the sum of 32 bits wraps, and one of type NOBITS, which has no bytes.
  {
    file: 'src/libbpf.c',
    from: 'if (vsi->offset + type->size > data->d_size) {',
    to: 'if (!data->d_buf || (__u64)vsi->offset + type->size > data->d_size) {',
  },
  // Globals of an arena: libbpf kept a pointer into its maps, null where no map is an arena and stale once a later map moved them.
  // Upstream's "Fix handling of BPF arena relocations" of 1.6 keeps the index; this looks it up.
  {
    file: 'src/libbpf.c',
    from: '\t\treloc_desc->map_idx = obj->arena_map - obj->maps;\n',
    to: `\t\tfor (map_idx = 0; map_idx < nr_maps && obj->maps[map_idx].def.type != BPF_MAP_TYPE_ARENA; map_idx++)
\t\t\t;
\t\tif (map_idx == nr_maps) {
\t\t\tpr_warn("prog '%s': data relo against '%s' without an arena map\\n", prog->name, sym_sec_name);
\t\t\treturn -LIBBPF_ERRNO__RELOC;
\t\t}
\t\treloc_desc->map_idx = map_idx;
`,
  },
  // A __kconfig variable of 2 GiB or more: its size was taken for an errno beyond those that a pointer is checked for.
  { file: 'src/libbpf.c', from: 'return ext->kcfg.sz;', to: 'return -EINVAL;' },
  // Several whose sizes add up to that: the sum is the size of the map that they are written to.
  {
    file: 'src/libbpf.c',
    from: '\t\t\text->kcfg.data_off = roundup(off, ext->kcfg.align);\n',
    to: `\t\t\tif (ext->kcfg.sz > INT_MAX - off - ext->kcfg.align) {
\t\t\t\tpr_warn("extern (kcfg) '%s': size %d is too large\\n", ext->name, ext->kcfg.sz);
\t\t\t\treturn -E2BIG;
\t\t\t}
\t\t\text->kcfg.data_off = roundup(off, ext->kcfg.align);
`,
  },
]

export function isInstalled() {
  try {
    return checksum(target) === treeSha256
  } catch (error) {
    if (error.code === 'ENOENT') return false
    throw error
  }
}

/** Verifies beside the target and only then takes its place, so that an interrupted run leaves no half tree. */
export function install(archive) {
  const staging = `${target}.${process.pid}`
  try {
    unpack(archive, staging)
    const sha256 = checksum(staging)
    if (sha256 !== treeSha256) throw new Error(`not libbpf ${version}: its checksum is ${sha256}, not ${treeSha256}`)
    rmSync(target, { recursive: true, force: true })
    renameSync(staging, target)
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}

function unpack(archive, tree) {
  mkdirSync(tree)
  execFileSync('tar', ['-xzf', archive, '--strip-components=1', '-C', tree], { stdio: 'pipe' })
  for (const name of readdirSync(tree)) {
    if (!/^(src|include|LICENSE.*)$/.test(name)) rmSync(join(tree, name), { recursive: true })
  }
  for (const { file, from, to } of fixes) {
    const path = join(tree, file)
    writeFileSync(path, readFileSync(path, 'utf8').replace(from, to))
  }
  const sources = join(tree, 'src')
  mkdirSync(join(sources, 'bpf'))
  for (const name of readdirSync(sources).filter((name) => publicHeaders.test(name))) {
    copyFileSync(join(sources, name), join(sources, 'bpf', name))
  }
}

function checksum(tree) {
  const sha256 = (data) => createHash('sha256').update(data).digest('hex')
  const files = readdirSync(tree, { recursive: true }).filter((path) => statSync(join(tree, path)).isFile())
  return sha256(
    files
      .sort()
      .map((path) => `${path} ${sha256(readFileSync(join(tree, path)))}\n`)
      .join(''),
  )
}
