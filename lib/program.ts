import { NetworkProgram } from './program/network.js'

/** A loaded program. Every `attach` returns a link that the caller closes. */
export class Program extends NetworkProgram {}
