import { NetworkProgram } from './program/network.js'
import { shareClass } from './shared-class.js'

/** A loaded program. Every `attach` returns a link that the caller closes. */
export class Program extends NetworkProgram {}
shareClass(Program, 'Program')
