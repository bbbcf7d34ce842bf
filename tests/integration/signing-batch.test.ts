import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CardPort } from '../../core/services/ports/card.ts';
import { loadDocumentAssets } from '../../core/documents/assets.ts';
import { buildCopyPdf } from '../../core/documents/copy.ts';
import { joinPdf } from '../../core/documents/signing/appended-pdf.ts';
import type { RawSigner, TimestampSource } from '../../core/documents/signing/cms.ts';
import { prepareSignature } from '../../core/documents/signing/pades.ts';
import type { SignedPdf } from '../../core/documents/signing/pades.ts';
import { verifyPdf } from '../../core/documents/signing/verify.ts';
import { sampleEni } from '../../core/documents/testing/sample-documents.ts';
import { sampleJpegPage } from '../../core/documents/testing/sample-images.ts';
import { signBatch } from '../../core/services/batch-signing.ts';
import type { SigningBatch } from '../../core/services/batch-signing.ts';
import { createBridgeRig } from '../../demo/card/bridge-rig.ts';
import { openSoftHsm } from '../../demo/card/softhsm.ts';
import { makeTestCredential } from '../../demo/card/test-credential.ts';
import { readPdfsig } from './outside-validators.ts';

/* Many documents under one PIN, with a token of SoftHSM2 behind the real bridge. */

const pin = 'una-sola-vez';
const credential = makeTestCredential('Funcionaria de prueba', 'rsa');
let folder = '';
let card: CardPort;
let signer: RawSigner;
let copy: Uint8Array;
/** Requests that the card had at the same time, at most. */
let mostAtOnce = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ventanilla-batch-'));
  const softHsm = await openSoftHsm(folder);
  await softHsm.addToken({ label: 'Funcionaria', pin, ...credential });
  card = createBridgeRig({ modules: [softHsm.module] }).client;
  const [reader] = await card.listReaders();
  const login = await card.login({ readerId: reader?.readerId ?? '', pin: Buffer.from(pin) });
  if (login.outcome !== 'ok') throw new Error(login.outcome);
  let atOnce = 0;
  signer = {
    certificate: credential.certificate,
    chain: [],
    algorithm: 'rsa-sha256',
    async sign(data) {
      atOnce += 1;
      mostAtOnce = Math.max(mostAtOnce, atOnce);
      try {
        const { sessionId } = login;
        return await card.sign({ sessionId, certificateId: '01', algorithm: 'rsa-sha256', data });
      } finally {
        atOnce -= 1;
      }
    },
  };
  copy = buildCopyPdf(
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
});
afterAll(async () => {
  await card.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
});

const withoutLine: TimestampSource = () => Promise.reject(new Error('no line'));

/** Signs so many copies; what was kept, in the order in which it was. */
async function run(
  count: number,
  change: Partial<Omit<SigningBatch<number>, 'items'>> & Readonly<{ stopAt?: number; failAt?: number }> = {},
): Promise<Readonly<{ kept: ReadonlyMap<number, SignedPdf>; error: unknown; told: readonly number[] }>> {
  const { stopAt, failAt, ...changes } = change;
  const kept = new Map<number, SignedPdf>();
  const told: number[] = [];
  const stop = new AbortController();
  mostAtOnce = 0;
  const error: unknown = await signBatch({
    items: Array.from({ length: count }, (_, index) => index),
    prepare: async (index) => {
      if (index === failAt) throw new Error('unreadable');
      return {
        prepared: prepareSignature(copy, { signingTime: new Date(), reason: `Copia ${index}` }),
        keep: async ({ document, ...outcome }) => {
          kept.set(index, { pdf: joinPdf(document), ...outcome });
        },
      };
    },
    signer,
    timestamp: withoutLine,
    cardQueue: 2,
    signal: stop.signal,
    onKept: (done) => {
      told.push(done);
      if (done === stopAt) stop.abort();
    },
    ...changes,
  }).catch((thrown: unknown) => thrown);
  return { kept, error, told };
}

function expectValid(kept: ReadonlyMap<number, SignedPdf>): void {
  for (const [index, { pdf, level }] of kept) {
    expect(level).toBe('B-B');
    const verification = verifyPdf(pdf, { trustAnchors: [credential.certificate], at: new Date() });
    expect(verification).toMatchObject({
      verdict: 'passed',
      signatures: [{ signatureReason: `Copia ${index}`, coversWholeFile: true }],
    });
  }
}

describe('a batch', { timeout: 120_000 }, () => {
  test('of a hundred is signed with one PIN, each copy by itself, and told as it goes', async () => {
    const { kept, error, told } = await run(100);
    expect(error).toBeUndefined();
    expect([...kept.keys()].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, index) => index));
    expect(told).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
    expectValid(kept);
    expect(mostAtOnce).toBe(2);
    const sample = kept.get(57)?.pdf ?? expect.unreachable();
    expect(readPdfsig(sample)).toMatchObject({ signatures: 1, valid: 1, lastCoversAll: true });
  });

  test('presents one signature after another to a card that asks for the PIN each time', async () => {
    const { kept, error } = await run(8, { cardQueue: 1 });
    expect([error, kept.size, mostAtOnce]).toEqual([undefined, 8, 1]);
  });

  test('does not wait for time stamps between signatures, and bounds how many it asks for', async () => {
    let asked = 0;
    let open: () => void = () => undefined;
    const line = new Promise<void>((resolve) => {
      open = resolve;
    });
    const running = run(20, {
      timestamp: async () => {
        asked += 1;
        await line;
        throw new Error('the line is cut after all');
      },
    });
    // Six documents in hand, each signed and waiting for its stamp; the seventh waits for one of them.
    while (asked < 6) await new Promise((resolve) => setTimeout(resolve, 10));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(asked).toBe(6);
    open();
    const { kept, error } = await running;
    expect([error, kept.size, asked]).toEqual([undefined, 20, 20]);
  });

  test('that is cancelled keeps what was signed, whole', async () => {
    const { kept, error } = await run(40, { stopAt: 5 });
    expect(error).toMatchObject({ code: 'request.cancelled' });
    expect(kept.size).toBeGreaterThanOrEqual(5);
    expect(kept.size).toBeLessThan(40);
    expectValid(kept);
  });

  test('with a document that cannot be read stops there and says so', async () => {
    const { kept, error } = await run(12, { failAt: 7 });
    expect(error).toMatchObject({ message: 'unreadable' });
    expect([...kept.keys()].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expectValid(kept);
  });

  test('whose card answers with another key’s signature keeps nothing of it', async () => {
    const other = makeTestCredential('Otra persona', 'rsa');
    const { kept, error } = await run(5, { signer: { ...signer, certificate: other.certificate } });
    expect(error).toMatchObject({ code: 'signature.keyMismatch' });
    expect(kept.size).toBe(0);
  });

  test('whose session ends in the middle keeps what was signed and ends in the card’s error', async () => {
    let signed = 0;
    const { kept, error } = await run(30, {
      signer: {
        ...signer,
        async sign(data) {
          signed += 1;
          if (signed === 10) await card.close();
          return signer.sign(data);
        },
      },
    });
    expect(error).toMatchObject({ code: expect.stringMatching(/^card\./u) });
    expect(kept.size).toBeGreaterThanOrEqual(7);
    expect(kept.size).toBeLessThan(30);
    expectValid(kept);
  });
});
