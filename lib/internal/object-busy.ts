import { BpfError } from '../errors.js'

/** The steps that can be done once with an open object. */
export type ObjectStep = 'load' | 'prepare' | 'generateLoader' | 'runLoader'

const state: Readonly<Record<ObjectStep, string>> = {
  load: 'is being loaded',
  prepare: 'is being prepared',
  generateLoader: 'is used up by generating its loader',
  runLoader: 'is being loaded by its loader',
}

/** The error for a second step on an object while another caller's step is in progress, which continues. */
export function objectBusy(source: string, verb: ObjectStep, underWay: ObjectStep): BpfError {
  const message = `the object ${source} ${state[underWay]}`
  return new BpfError({ code: 'EBUSY', errno: 16, operation: `${verb} ${source}`, message })
}
