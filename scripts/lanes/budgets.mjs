/**
 * How long a lane may take on two cores, in seconds: about 1.5 times as long as it took when this was written, to allow for
 * noise. A lane above its budget passes, with a warning: make its slowest tests quicker, or raise the number here and say
 * why. The budget of `vm` is for one guest; that of `build` is for what was missing and had to be built.
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
  // Each system call and allocation in a monitor's lifetime fails in turn, and tests wait for TCP's timeouts.
  kernel: 320,
  bench: 60,
  vm: 930,
}
