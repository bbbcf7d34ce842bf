import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { verifyPdf } from '../../core/documents/signing/verify.ts';

/* Verifies one PDF beside the server: a file made to be slow costs its own thread, which has a time limit. */

const taskSchema = z.strictObject({
  pdf: z.instanceof(Uint8Array),
  trustAnchors: z.array(z.instanceof(Uint8Array)),
  at: z.date(),
});

const { pdf, ...options } = taskSchema.parse(workerData);
parentPort?.postMessage(verifyPdf(pdf, options));
