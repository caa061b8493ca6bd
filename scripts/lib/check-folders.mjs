import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import ts from 'typescript'
import { addon, folderOf, folders, frontDoor, users } from './folders.mjs'
import { filesUnder } from './step.mjs'

/** Prints each import of lib/ that points up (see folders.mjs), and each folder that folders.mjs does not name. */
const wrong = filesUnder('lib')
  .filter((path) => path.endsWith('.ts'))
  .flatMap((path) => {
    const file = relative('lib', path)
    if (file.includes('/') && !folderOf(file))
      return [`${path} is in a folder that scripts/lib/folders.mjs does not name`]
    return importsOf(path).flatMap((target) => {
      const reason = file !== frontDoor && reasonAgainst(file, target)
      return reason ? [`${path} imports lib/${target}: ${reason}`] : []
    })
  })
for (const line of wrong) console.log(line)
process.exitCode = wrong.length > 0 ? 1 : 0

/** The files of lib/ that a file imports, including types, relative to lib/. */
function importsOf(path) {
  return ts
    .preProcessFile(readFileSync(path, 'utf8'), true, true)
    .importedFiles.map(({ fileName }) => fileName)
    .filter((name) => name.startsWith('.'))
    .map((name) => join(dirname(path), name).replace(/\.js$/, '.ts'))
    .filter((target) => target.startsWith('lib/') && existsSync(target))
    .map((target) => relative('lib', target))
}

function reasonAgainst(file, target) {
  const [from, to] = [folderOf(file), folderOf(target)]
  if (target === frontDoor) return 'the front door only exports'
  if (from === undefined && to !== undefined) return 'a loose file imports no folder'
  if (to !== undefined && folders.indexOf(to) < folders.indexOf(from)) return `${to} is above ${from}`
  if (users.includes(from) && addon.test(target)) return 'only the library itself touches the addon'
}
