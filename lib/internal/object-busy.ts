import { BpfError } from '../errors.js'

/** The refusal of a second step of an object while one is under way, which is another caller's and goes on. */
export function objectBusy(source: string, verb: 'load' | 'prepare', underWay: 'load' | 'prepare'): BpfError {
  const message = `the object ${source} is being ${underWay === 'load' ? 'loaded' : 'prepared'}`
  return new BpfError({ code: 'EBUSY', errno: 16, operation: `${verb} ${source}`, message })
}
