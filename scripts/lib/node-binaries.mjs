import { join } from 'node:path'
import { npmPackage } from './npm-package.mjs'

/** Node.js from npm's packages `node-linux-ARCH`: the binary and its headers, without npm. Each has its checksum. */
const versions = {
  20: {
    version: '20.20.2',
    x64: 'sha512-PeHQM8wAdmHtZA1mBocygZxs5LiUWtsJezQTkBd0iY987KpGrD1O2tVEydvMZiuXceRanxt7rjTnDEBwOPujoQ==',
    arm64: 'sha512-LCXJnNTFiyGuYBw2gZSI5OBFMbkjAPt8sqD/NKrWoE2QmDgSubTqFng6GaNJ9EJ8HpxBMGcWWpbbcs4Vo+CnGg==',
  },
  22: {
    version: '22.23.3',
    x64: 'sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==',
    arm64: 'sha512-l3DAHZreylo+p9QXDtsOrjG2JXJqVzYXnAGmIQNOUNARcMppTO2cmewVQP+36tjJnSE+dzpMNtgW+c3oiDvXtA==',
  },
  24: {
    version: '24.21.0',
    x64: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
    arm64: 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
  },
  26: {
    version: '26.10.0',
    x64: 'sha512-OmAztarr1gK4PD+sNyoku4N5Q40d8eqMuLjNa/zRvxF33aCsVKVIQLs4V5HYPWSWWlMiTdkmbZE/6Phigma0hw==',
    arm64: 'sha512-idArV/cmqW9M9ODyGlbOIiyxFourDh1mJB0SdKCdMbSZjjef9CLEN3o1/eE4yf+B0+5BD+F74MpTTHiB3XXTBQ==',
  },
}

/** The releases of Node.js that the package is tested with. */
export const nodeReleases = Object.keys(versions).map(Number)

/** The folder of a release, with `bin/node` and `include/node`. */
export function nodeFolder(release, arch = process.arch) {
  const { version, [arch]: integrity } = versions[release]
  const name = `node-linux-${arch}`
  const paths = ['bin/node', 'include', 'LICENSE']
  return npmPackage({ name, version, integrity, folder: `node/${version}-${arch}`, paths })
}

export const nodeBinary = async (release, arch) => join(await nodeFolder(release, arch), 'bin/node')
