/**
 * How long a lane may take on two cores, in seconds: about half as much again as it took when this was written, so that the noise of a
 * machine stays below. A lane above its budget passes, with a warning: make its slowest tests quicker, or raise the number here and say
 * why. Of `vm` it is one guest; of `build` what was not there yet and had to be made.
 */
export const budgets = {
  build: 300,
  lint: 10,
  types: 25,
  unit: 35,
  native: 12,
  // Two tests compile the addon from source.
  package: 250,
  docs: 15,
  // Each system call and allocation of a monitor's life fails in turn, and TCP's timeouts are waited for.
  kernel: 320,
  bench: 60,
  vm: 930,
}
