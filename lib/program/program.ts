import { shareClass } from '../shared-class.js'
import { NetworkProgram } from './network.js'

/** A loaded program. Every `attach` returns a link that the caller closes. */
export class Program extends NetworkProgram {}
shareClass(Program, 'Program')
