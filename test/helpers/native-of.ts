import type { NativeProgram } from '../../lib/internal/binding.js'

/** The native part of a program, which the published types leave out. */
export const nativeOf = (program: object): NativeProgram => (program as { native: NativeProgram }).native
