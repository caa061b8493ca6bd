import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { cli } from '../helpers/command-line.js'

test('types -o leaves the file that was there as it was when the disk is full, or the file is a mount point', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'full-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const script = `
    mount -t tmpfs -o size=16k none "$2"; cd "$2"
    printf old > x; printf old > y; mount --bind y y
    # There is room for a page or two, and the types need more.
    dd if=/dev/zero of=fill bs=4k count=1 status=none
    for file in x y; do "$0" "$1" types --all "$3" -o $file; echo "$? $(cat $file) $(ls -A | wc -l)"; done
    rm fill; umount y; mount -o remount,size=1m "$2"; mount --bind y y; chmod 600 y
    for file in x y; do "$0" "$1" types --all "$3" -o $file; echo "$? $(grep -c export $file) $(ls -A | wc -l)"; done`
  const paths = [process.execPath, join(process.cwd(), cli), folder, join(process.cwd(), 'bpf/socket.bpf.o')]
  const { stdout, stderr } = spawnSync('unshare', ['--mount', 'sh', '-c', script, ...paths], { encoding: 'utf8' })
  const [fullX, fullY, x = '', y, ...more] = stdout.trim().split('\n')
  t.deepEqual([fullX, fullY], ['1 old 3', '1 old 3'], stderr)
  t.regex(stderr, /^ebpf: cannot write x: ENOSPC.*\nebpf: cannot write y: ENOSPC.*\n$/)
  t.regex(x, /^0 [1-9]\d* 2$/)
  t.is(y, x)
  t.deepEqual(more, [])
})
