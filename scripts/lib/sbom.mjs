import { readFileSync } from 'node:fs'
import { sources } from '../../libbpf/sources.mjs'
import { inRoot } from './root.mjs'

/** The packages that tsup bundles into the command line; see tsup.config.ts. */
const bundled = ['commander', 'picocolors', 'string-width']

const native = {
  libbpf: { license: 'LGPL-2.1-only OR BSD-2-Clause', cpe: 'cpe:2.3:a:libbpf_project:libbpf' },
  libelf: { license: 'LGPL-3.0-or-later OR GPL-2.0-or-later', cpe: 'cpe:2.3:a:elfutils_project:elfutils' },
  zlib: { license: 'Zlib', cpe: 'cpe:2.3:a:zlib:zlib' },
}

/**
 * The package's bill of materials, as CycloneDX 1.6: the libraries linked into the addon, the bundled packages and those that npm installs.
 * `compiler` is the version of the GCC whose libstdc++ and libgcc are linked. The same input gives the same document.
 */
export function sbom({ compiler }) {
  const manifest = read('package.json')
  const { packages } = read('package-lock.json')
  const npm = (name) => npmComponent(name, packages[`node_modules/${name}`])
  const self = { ...npmComponent('ebpf', manifest), description: manifest.description }
  const installed = Object.keys(manifest.dependencies).map(npm)
  const included = [
    ...sources.map(nativeComponent),
    gccComponent('libstdc++', compiler),
    gccComponent('libgcc', compiler),
    npm('node-addon-api'),
    ...closure(bundled, packages).map(npm),
  ]
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { ...self, components: included } },
    components: installed,
    dependencies: [
      { ref: self['bom-ref'], dependsOn: [...included, ...installed].map((component) => component['bom-ref']) },
    ],
  }
}

const read = (file) => JSON.parse(readFileSync(inRoot(file), 'utf8'))

const component = (name, version, purl, license, more = {}) => ({
  type: 'library',
  'bom-ref': purl,
  name,
  version,
  licenses: [/ /.test(license) ? { expression: license } : { license: { id: license } }],
  purl,
  ...more,
})

const npmComponent = (name, { version, license, integrity }) =>
  component(name, version, `pkg:npm/${name}@${version}`, license, integrity && { hashes: [hashOf(integrity)] })

/** Converts npm's `sha512-` and base64. */
function hashOf(integrity) {
  const [algorithm, base64] = integrity.split('-')
  return { alg: algorithm.replace(/^sha/, 'SHA-'), content: Buffer.from(base64, 'base64').toString('hex') }
}

const nativeComponent = ({ name, version, upstream, debian }) =>
  component(
    name,
    version,
    `pkg:generic/${name}@${version}?download_url=${encodeURIComponent(upstream)}`,
    native[name].license,
    {
      cpe: `${native[name].cpe}:${version}:*:*:*:*:*:*:*`,
      externalReferences: [{ type: 'distribution', url: upstream }],
      properties: [
        { name: 'ebpf:source', value: `libbpf/source/${name}` },
        { name: 'ebpf:debian', value: `${debian.package} in ${debian.suite}` },
        { name: 'ebpf:linkage', value: 'static' },
      ],
    },
  )

const gccComponent = (name, version) =>
  component(name, version, `pkg:generic/${name}@${version}`, 'GPL-3.0-or-later WITH GCC-exception-3.1', {
    properties: [{ name: 'ebpf:linkage', value: 'static' }],
  })

/** The packages and all their dependencies. */
function closure(names, packages, found = new Set()) {
  for (const name of names.filter((name) => !found.has(name))) {
    found.add(name)
    closure(Object.keys(packages[`node_modules/${name}`].dependencies ?? {}), packages, found)
  }
  return [...found].sort()
}
