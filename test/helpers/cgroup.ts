import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * A separate cgroup2, in a mount of its own, so it does not matter whether or where the machine's cgroup2 is mounted.
 */
export function inCgroup(use: (path: string) => void): void {
  const mount = mkdtempSync(join(tmpdir(), 'ebpf-cgroup-'))
  try {
    execFileSync('mount', ['-t', 'cgroup2', 'cgroup2', mount])
    try {
      const cgroup = join(mount, `ebpf-test-${process.pid}`)
      mkdirSync(cgroup)
      try {
        use(cgroup)
      } finally {
        rmdirSync(cgroup)
      }
    } finally {
      execFileSync('umount', [mount])
    }
  } finally {
    rmdirSync(mount)
  }
}

/** Moves the shell that runs this, and so what it executes, into the cgroup. */
export const enter = (cgroup: string): string => `echo $$ >${cgroup}/cgroup.procs`
