import { writeFileSync } from 'node:fs'
import { inRoot } from '../lib/root.mjs'
import { Failure } from '../lib/run.mjs'
import { sbom } from '../lib/sbom.mjs'
import { compilerVersion } from './prebuilds.mjs'

/** Writes sbom.cdx.json, checked against CycloneDX's own schema. */
export async function billOfMaterials() {
  const text = `${JSON.stringify(sbom({ compiler: await compilerVersion() }), null, 2)}\n`
  const { Spec, Validation } = await import('@cyclonedx/cyclonedx-library')
  const problem = await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text)
  if (problem) throw new Failure(`the bill of materials is not CycloneDX: ${JSON.stringify(problem)}`)
  writeFileSync(inRoot('sbom.cdx.json'), text)
}
