import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadDocumentAssets } from '../../core/documents/assets.ts';
import { buildCopyPdf } from '../../core/documents/copy.ts';
import { joinPdf } from '../../core/documents/signing/appended-pdf.ts';
import { prepareSignature } from '../../core/documents/signing/pades.ts';
import { sampleEni } from '../../core/documents/testing/sample-documents.ts';
import { sampleJpegPage } from '../../core/documents/testing/sample-images.ts';
import { signBatch } from '../../core/services/batch-signing.ts';
import { createCardRig, type CardRig } from '../../demo/card/card-rig.ts';
import { acquireVirtualReaders, type VirtualReaders } from '../../demo/card/pcscd.ts';
import { newPivCardState } from '../../demo/card/piv-application.ts';
import { makeTestCredential } from '../../demo/card/test-credential.ts';
import { createVirtualCard, firstReaderPort } from '../../demo/card/virtual-card.ts';
import { readPdfsig } from './outside-validators.ts';

/* A hundred copies under one PIN, on a card behind pcscd and OpenSC. */

const pin = '246813';
const credential = makeTestCredential('Funcionaria de prueba', 'rsa');
const state = newPivCardState(pin, '13572468');
let readers: VirtualReaders;
let rig: CardRig;

beforeAll(async () => {
  readers = await acquireVirtualReaders();
  if (!readers.available) throw new Error(`no virtual readers: ${readers.reason}`);
  const slots = [{ slot: '9A', ...credential }] as const;
  const card = createVirtualCard({ port: firstReaderPort, pin, puk: state.puk, slots, state });
  rig = createCardRig({ card, reader: '00' });
}, 600_000);
afterAll(async () => {
  await rig.close();
  if (readers.available) await readers.release();
});

test('a hundred copies are signed with the PIN given once, and pdfsig finds each one whole', async () => {
  const copy = buildCopyPdf(
    {
      pages: [await sampleJpegPage('gray', 100)],
      title: 'Copia',
      author: 'Ayuntamiento',
      language: 'es',
      createdAt: '2026-11-20T10:42:07+01:00',
      eni: sampleEni('TD14', 'citizen'),
    },
    loadDocumentAssets(),
  );
  const sessionId = await rig.signIn(pin);
  // Whoever asked for the PIN again would now have a wrong one.
  state.pin = '999999';
  const kept: Uint8Array[] = [];
  await signBatch({
    items: Array.from({ length: 100 }, (_, index) => index),
    prepare: async (index) => ({
      prepared: prepareSignature(copy, { signingTime: new Date(), reason: `Copia ${index}` }),
      keep: async ({ document }) => {
        kept.push(joinPdf(document));
      },
    }),
    signer: {
      certificate: credential.certificate,
      chain: [],
      algorithm: 'rsa-sha256',
      sign: (data) => rig.sign(sessionId, data),
    },
    timestamp: () => Promise.reject(new Error('no line')),
    cardQueue: 2,
    signal: new AbortController().signal,
    onKept: () => undefined,
  });
  expect(kept).toHaveLength(100);
  expect(state.pinTriesLeft).toBe(3);
  for (const pdf of kept) expect(readPdfsig(Buffer.from(pdf))).toMatchObject({ signatures: 1, valid: 1 });
});
