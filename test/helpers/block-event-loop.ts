/** Blocks the event loop once its caller waits for something, so that a timer of a millisecond is due before anything else is looked at. */
export async function blockEventLoop(): Promise<void> {
  for (let i = 0; i < 100; i++) await undefined
  for (const start = performance.now(); performance.now() < start + 5; );
}
