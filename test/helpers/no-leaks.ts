import test from 'ava'
import { failOnLeaks } from './leaks.js'

/** Imported by every test file of the kernel lane, through kernel-test.ts or directly. */
failOnLeaks(test)
