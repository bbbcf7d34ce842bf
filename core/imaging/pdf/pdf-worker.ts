import { parentPort, workerData } from 'node:worker_threads';
import type { FilePageImage } from '../../services/ports/imaging.ts';
import { readPageImage } from './page-image.ts';
import type { PaperAsked } from './page-image.ts';
import { openPdfium } from './pdfium.ts';

export type PdfWorkerData = Readonly<{ content: Uint8Array; memoryMegabytes: number; mostPixels: number }>;
export type PdfPageJob = Readonly<{ index: number; paper: PaperAsked }>;
/** First what became of the file, then one answer a page. */
export type PdfAnswer =
  | Readonly<{ kind: 'opened'; pageCount: number }>
  | Readonly<{ kind: 'refused'; reason: 'encrypted' | 'unreadable' }>
  | Readonly<{ kind: 'page'; image: FilePageImage | null }>;

const wantsPassword = 4;

/* One document for a thread of its own. Whatever breaks PDFium breaks the thread: the other side takes it for unreadable. */
const { content, memoryMegabytes, mostPixels } = workerData as PdfWorkerData;
const pdfium = await openPdfium(memoryMegabytes);
const address = pdfium.allocate(content.byteLength);
pdfium.memory().set(content, address);
const opened = pdfium.FPDF_LoadMemDocument(address, content.byteLength, '');
const answer = (message: PdfAnswer, transfer: ArrayBuffer[] = []): void => parentPort?.postMessage(message, transfer);

if (opened === 0)
  answer({ kind: 'refused', reason: pdfium.FPDF_GetLastError() === wantsPassword ? 'encrypted' : 'unreadable' });
else {
  parentPort?.on('message', ({ index, paper }: PdfPageJob) => {
    const image = readPageImage(pdfium, opened, index, paper, mostPixels);
    const buffer = image?.page.samples.buffer;
    answer({ kind: 'page', image }, buffer instanceof ArrayBuffer ? [buffer] : []);
  });
  answer({ kind: 'opened', pageCount: pdfium.FPDF_GetPageCount(opened) });
}
