/** Runs functions one after another, whether or not the previous one succeeded. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()

  run<T>(act: () => Promise<T>): Promise<T> {
    const result = this.#last.then(act)
    this.#last = result.catch(() => {}) // the caller gets the error
    return result
  }
}
