/** Where peers are built and installed. */
export const built = '.cache/benchmarks'
