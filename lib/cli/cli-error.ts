/** A failure that the user can fix: only its message is shown. */
export class CliError extends Error {
  override readonly name = 'CliError'
}
