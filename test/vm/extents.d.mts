type Extent = 'all' | 'full' | 'differences'
export const extents: Readonly<Record<Extent, (file: string) => boolean>>
export const named: readonly string[]
