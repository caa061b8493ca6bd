import { accessSync, constants, readFileSync } from 'node:fs'
import test from 'ava'
import { Btf, compileCodec, describeType } from 'ebpf/btf'

const path = '/sys/kernel/btf/vmlinux'
const readable = (() => {
  try {
    accessSync(path, constants.R_OK)
    return true
  } catch {
    return false
  }
})()

const kernelTest = readable ? test : test.skip
const needs = readable ? '' : ` # needs ${path}`

kernelTest(`the running kernel's types are indexed${needs}`, (t) => {
  t.true(Btf.parse(readFileSync(path)).typeCount > 10_000)
})

kernelTest(`every struct and union of the running kernel can be decoded and described${needs}`, (t) => {
  const btf = Btf.parse(readFileSync(path))
  const view = new DataView(new ArrayBuffer(1 << 20))
  let count = 0
  for (const type of btf.types()) {
    if (type.kind !== 'STRUCT' && type.kind !== 'UNION') continue
    const codec = compileCodec(btf, type.id)
    if (codec.size !== type.size || codec.size > view.byteLength)
      t.fail(`${type.kind} ${type.name} has ${codec.size} bytes`)
    codec.decode(view, 0, codec.size)
    if (!describeType(btf, type.id).startsWith(type.kind.toLowerCase())) t.fail(type.name)
    count++
  }
  t.true(count > 1000)
})

kernelTest(`types that all kernels have are what C says they are${needs}`, (t) => {
  const btf = Btf.parse(readFileSync(path))
  const size = (name: string) => btf.sizeOf(btf.findByName(name, 'STRUCT')?.id ?? -1)
  t.is(size('list_head'), 16)
  t.is(size('iphdr'), 20)
  t.is(size('ipv6hdr'), 40)
  t.is(size('tcphdr'), 20)
})
