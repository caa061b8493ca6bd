/**
 * Blocks the event loop as soon as its caller waits for something, so that a timer of one millisecond is due before
 * anything else is processed.
 */
export async function blockEventLoop(): Promise<void> {
  for (let i = 0; i < 100; i++) await undefined
  for (const start = performance.now(); performance.now() < start + 5; );
}
