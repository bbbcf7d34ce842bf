import { parentPort } from 'node:worker_threads';
import type { PageJob } from './page-worker.ts';

// The real worker; a page with this sequence ends it as a fault in a native codec would.
parentPort?.on('message', (job: PageJob) => {
  if (job.page.sequence === 666) process.exit(9);
});
await import('./page-worker.ts');
