import { readdirSync, readFileSync } from 'node:fs'

/** What /proc/self/fdinfo says of each of this process’s descriptors, by the kernel’s names: `prog_id`, `map_id`, `memlock` … */
export function descriptors() {
  const folder = '/proc/self/fdinfo'
  return readdirSync(folder).flatMap((fd) => {
    try {
      const lines = readFileSync(`${folder}/${fd}`, 'utf8').trimEnd().split('\n')
      return [Object.fromEntries(lines.map((line) => line.split(/:\s*/)))]
    } catch {
      return [] // the descriptor of the folder itself, closed since
    }
  })
}

/** Bytes that the kernel holds for the maps of this process. */
export function mapMemory() {
  const maps = descriptors().filter((each) => 'map_id' in each)
  return [...new Map(maps.map((map) => [map.map_id, Number(map.memlock)])).values()].reduce((a, b) => a + b, 0)
}
