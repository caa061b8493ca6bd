import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

/** How many symbolic links may lead to a file, as in the kernel. */
const mostLinks = 40
/** Errors that mean that no file can be created beside this one, or replace it: another user's folder, or a file that is a mount point. */
const fixed = ['EACCES', 'EPERM', 'EROFS', 'EBUSY']

/**
 * Writes a file completely or not at all: after a full disk or a crash, the old content is still there. The new file is written beside the
 * old one (after following symbolic links), with its mode and owner, and then renamed. Anything that is not a file, such as /dev/stdout
 * or a pipe, is written to directly.
 *
 * @throws what node:fs throws.
 */
export function replaceFile(path: string, text: string): void {
  const target = throughLinks(path)
  const old = fs.statSync(path, { throwIfNoEntry: false })
  if ((old && !old.isFile()) || target.startsWith('/proc/')) {
    fs.writeFileSync(path, text)
    return
  }
  if (old) fs.closeSync(fs.openSync(target, 'r+')) // a file that must not be written to is not replaced either
  const beside = join(dirname(target), `.${basename(target).slice(0, 100)}.${randomBytes(6).toString('hex')}`)
  try {
    create(beside, text, old)
    renameDurably(beside, target)
  } catch (error) {
    fs.rmSync(beside, { force: true })
    if (!old || !fixed.includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    overwrite(target, text)
  }
}

/** Renames a file that is on disk, and waits until its new name is on disk too. */
export function renameDurably(from: string, to: string): void {
  sync(from)
  fs.renameSync(from, to)
  sync(dirname(to))
}

function sync(path: string): void {
  const fd = fs.openSync(path, 'r')
  try {
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}

function create(path: string, text: string, old: fs.Stats | undefined): void {
  fs.writeFileSync(path, text, { flag: 'wx', mode: old ? 0o600 : 0o666 })
  if (!old) return
  const { uid, gid } = fs.statSync(path)
  if (uid !== old.uid || gid !== old.gid) fs.chownSync(path, old.uid, old.gid)
  fs.chmodSync(path, old.mode & 0o7777)
}

/** Writes in place; if there is no room for the new content, the old one is written back. */
function overwrite(path: string, text: string): void {
  const old = fs.readFileSync(path)
  const fd = fs.openSync(path, 'r+')
  try {
    put(fd, Buffer.from(text))
  } catch (error) {
    put(fd, old)
    throw error
  } finally {
    fs.closeSync(fd)
  }
}

function put(fd: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += fs.writeSync(fd, bytes, at, bytes.length - at, at)
  fs.ftruncateSync(fd, bytes.length)
  fs.fsyncSync(fd)
}

/** The file that a path leads to; behind a link it may not exist. The target of a link in /proc may have no path. */
function throughLinks(path: string): string {
  let target = resolve(path)
  for (let links = 0; links < mostLinks && !target.startsWith('/proc/'); links++) {
    try {
      target = resolve(fs.realpathSync(dirname(target)), fs.readlinkSync(target))
    } catch {
      return target // not a link, or missing
    }
  }
  return target
}
