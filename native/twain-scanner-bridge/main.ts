import { join } from 'node:path';
import { createDrivers } from './drivers.ts';
import { serveBroker } from './serve.ts';

// A packaged program keeps its helpers outside the archive and says where.
serveBroker(createDrivers(process.env['VENTANILLA_SCANNER_HELPERS'] ?? join(import.meta.dirname, 'build')));
