/** How many turns the event loop had during `act`, and how many milliseconds the longest turn took. */
export async function countTurns(act: () => unknown): Promise<{ turns: number; longest: number }> {
  let turns = 0
  let longest = 0
  let last = performance.now()
  const look = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
  }
  let immediate = setImmediate(function tick() {
    turns += 1
    look()
    immediate = setImmediate(tick)
  })
  try {
    await act()
  } finally {
    clearImmediate(immediate)
    look()
  }
  return { turns, longest }
}
