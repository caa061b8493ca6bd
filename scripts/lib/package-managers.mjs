import { join } from 'node:path'
import { npmPackage } from './npm-package.mjs'

/** The package managers that users have besides npm itself. Each is one package without dependencies. */
const managers = {
  pnpm: {
    name: 'pnpm',
    version: '10.34.8',
    integrity: 'sha512-9ieo6XE0Ov5J39D2PQKCNCAd+oMdXLWIcz4eX42ya/FpiaMhYatcG02zsf28NzFgYGtbieAC323RmoWt+R/FqA==',
    script: 'bin/pnpm.cjs',
  },
  'yarn 1': {
    name: 'yarn',
    version: '1.22.22',
    integrity: 'sha512-prL3kGtyG7o9Z9Sv8IPfBNrWTDmXB4Qbes8A9rEzt6wkJV8mUvoirjU0Mp3GGAU06Y0XQyA3/2/RQFVuK7MTfg==',
    script: 'bin/yarn.js',
  },
  'yarn 4': {
    name: '@yarnpkg/cli-dist',
    version: '4.18.1',
    integrity: 'sha512-EH+A4TxAtBWXKE0DGQxW9Bo9crXHLJ73mfxjTQJuv8XonNWWTpei8BQ5JjczHJNU9GROTycwMFn8iOvRIZXUcA==',
    script: 'bin/yarn.js',
  },
}

/** The script of each package manager, by its name; downloaded the first time. */
export async function packageManagers() {
  const scripts = {}
  for (const [manager, { name, version, integrity, script }] of Object.entries(managers)) {
    const folder = `package-managers/${name.replace('/', '-')}-${version}`
    scripts[manager] = join(await npmPackage({ name, version, integrity, folder }), script)
  }
  return scripts
}
