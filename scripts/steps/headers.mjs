import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { nodeFolder } from '../lib/node-binaries.mjs'
import { inRoot } from '../lib/root.mjs'
import { step } from '../lib/step.mjs'

/** Headers that the addon includes and the compiling machine may lack; part of the npm package. */
const include = 'src-native/include'

/** Copies the headers of node-addon-api, from npm. */
export const addonApi = () =>
  copy({
    name: 'headers of node-addon-api',
    from: inRoot('node_modules/node-addon-api'),
    to: join(include, 'node-addon-api'),
    names: ['LICENSE.md', 'napi-inl.h', 'napi.h'],
  })

/** Copies headers of Node.js 20: Node-API and libuv, which are the same in every later release, and what node-gyp asks for. */
export async function nodeHeaders() {
  const names = ['common.gypi', 'js_native_api.h', 'js_native_api_types.h', 'node_api.h', 'node_api_types.h']
  const from = await nodeFolder(20)
  await copy({
    name: 'headers of Node.js',
    from: join(from, 'include/node'),
    to: join(include, 'node'),
    names: [...names, 'node_version.h', 'uv.h', 'uv'],
  })
  cpSync(join(from, 'LICENSE'), inRoot(join(include, 'node/LICENSE')))
}

const copy = ({ name, from, to, names }) =>
  step({
    name,
    inputs: ['package-lock.json', 'scripts/steps/headers.mjs', 'scripts/lib/node-binaries.mjs'],
    outputs: names.map((file) => join(to, file)),
    run: () => {
      rmSync(inRoot(to), { recursive: true, force: true })
      for (const file of names) {
        mkdirSync(inRoot(dirname(join(to, file))), { recursive: true })
        cpSync(join(from, file), inRoot(join(to, file)), { recursive: true })
      }
    },
  })
