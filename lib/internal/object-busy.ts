import type { BpfError } from '../errors.js'
import { bpfError } from './bpf-error.js'

/** The steps that can be done once with an open object. */
export type ObjectStep = 'load' | 'prepare' | 'generateLoader' | 'runLoader'

const state: Readonly<Record<ObjectStep, string>> = {
  load: 'is being loaded',
  prepare: 'is being prepared',
  generateLoader: 'is being used to generate its loader',
  runLoader: 'is being loaded by its loader',
}

/** The error for a second step on an object while another caller's step is in progress, which continues. */
export function objectBusy(source: string, verb: ObjectStep, underWay: ObjectStep): BpfError {
  return bpfError('EBUSY', `${verb} ${source}`, `the object ${source} ${state[underWay]}`)
}
