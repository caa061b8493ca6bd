/** A failure that the user can do something about: its message is all that is shown. */
export class CliError extends Error {
  override readonly name = 'CliError'
}
