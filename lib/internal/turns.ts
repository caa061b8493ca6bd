/** Runs what it is given one after another, whether or not the one before succeeded. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()

  run<T>(act: () => Promise<T>): Promise<T> {
    const result = this.#last.then(act)
    this.#last = result.catch(() => {}) // the caller gets the error
    return result
  }
}
