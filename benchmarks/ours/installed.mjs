import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { print } from './subject.mjs'

/** installed package|dependencies|addon: files and mebibytes, as npm puts them on a disk, of what was built here. */
const [part] = process.argv.slice(2)

const parts = {
  package() {
    const command = ['pack', '--dry-run', '--json', '--ignore-scripts']
    const options = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }
    const [{ unpackedSize, entryCount }] = JSON.parse(execFileSync('npm', command, options))
    return { bytes: unpackedSize, files: entryCount }
  },
  dependencies() {
    const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'))
    // One for another platform is in the lock and not on the disk.
    const folders = Object.keys(packages).filter((path) => path !== '' && !packages[path].dev && existsSync(path))
    return total(folders.flatMap((folder) => filesIn(folder)))
  },
  addon: () => total(['build/Release/ebpf.node']),
}

const filesIn = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))

const total = (files) => ({ bytes: files.reduce((sum, file) => sum + statSync(file).size, 0), files: files.length })

const { bytes, files } = parts[part]()
print({ size: [bytes / 2 ** 20], files: [files] })
