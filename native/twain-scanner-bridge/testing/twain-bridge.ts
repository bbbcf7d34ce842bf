import { join } from 'node:path';
import { serveBroker } from '../serve.ts';
import { createTwainDriver } from '../twain-driver.ts';

/* The bridge with TWAIN's driver alone, on a system that is not Windows: VENTANILLA_TEST_RUNNER runs its helper. */
serveBroker([
  createTwainDriver(join(import.meta.dirname, '..', 'build'), [process.env['VENTANILLA_TEST_RUNNER'] ?? '']),
]);
