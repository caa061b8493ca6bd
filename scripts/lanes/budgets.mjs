/**
 * How long a lane may take on two cores, in seconds: about half as much again as it took when this was written, so that the noise of a
 * machine stays below. A lane above its budget passes, with a warning: make its slowest tests quicker, or raise the number here and say
 * why. Of `vm` it is one guest; of `build` what was not there yet and had to be made.
 */
export const budgets = {
  build: 600,
  lint: 10,
  types: 45,
  unit: 30,
  native: 20,
  package: 400,
  docs: 60,
  kernel: 300,
  bench: 150,
  vm: 1200,
}
