import test from 'ava'
import { failOnLeaks } from './leaks.js'

/** Imported by every test file of the kernel lane, by kernel-test.ts or alone. */
failOnLeaks(test)
