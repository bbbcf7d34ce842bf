import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AppError } from '../contract/errors.ts';
import type { ImagingPort, OptimizedPage } from '../services/ports/imaging.ts';
import type { RawPage } from '../services/ports/scanner.ts';
import { drawPage, textLines, trialProfile } from './drawn-page.ts';
import { createImaging } from './imaging.ts';

// Whole pages through real codecs, on machines that may be busy.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const profile = trialProfile('text');
let page: RawPage;

beforeAll(async () => {
  page = await drawPage({ content: textLines(12), widthMm: 148, heightMm: 105, skewDegrees: 1.2 });
});

/** Everything that a page came to, images by their digest; not how long it took. */
function fingerprint(result: OptimizedPage | undefined): string {
  return JSON.stringify({ ...result, milliseconds: 0 }, (_, value: unknown) =>
    value instanceof Uint8Array ? createHash('sha256').update(value).digest('hex') : value,
  );
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(() => null).catch((reason: unknown) => reason);
  return error instanceof AppError ? error.code : `no AppError: ${String(error)}`;
}

describe('the pool', () => {
  const imaging: ImagingPort = createImaging({ workers: 2 });
  afterAll(() => imaging.close());

  it('gives the same bytes for the same page, whichever worker takes it', async () => {
    const [first, ...others] = await Promise.all(Array.from({ length: 4 }, () => imaging.optimize(page, profile)));
    for (const other of others) expect(fingerprint(other)).toBe(fingerprint(first));
    expect(first?.copy.format).toBe('jbig2');
  });

  it('leaves the caller its samples, also when they are a part of a larger buffer', async () => {
    const larger = new Uint8Array(page.samples.length + 100);
    larger.set(page.samples, 50);
    const part = larger.subarray(50, 50 + page.samples.length);
    const before = await imaging.optimize(page, profile);
    const after = await imaging.optimize({ ...page, samples: part }, profile);
    expect(part.byteLength).toBe(page.samples.length);
    expect(fingerprint(after)).toBe(fingerprint(before));
  });

  it('takes samples in shared memory', async () => {
    const shared = new Uint8Array(new SharedArrayBuffer(page.samples.length));
    shared.set(page.samples);
    const direct = await imaging.optimize(page, profile);
    expect(fingerprint(await imaging.optimize({ ...page, samples: shared }, profile))).toBe(fingerprint(direct));
  });

  it('refuses what is no page', async () => {
    expect(await codeOf(imaging.optimize({ ...page, widthPixels: 3 }, profile))).toBe('image.unreadable');
  });

  it('cancels pages that wait and pages that run', async () => {
    const controller = new AbortController();
    const cancelled = Array.from({ length: 5 }, () => codeOf(imaging.optimize(page, profile, controller.signal)));
    const kept = imaging.optimize(page, profile);
    controller.abort();
    expect(await Promise.all(cancelled)).toEqual(Array.from({ length: 5 }, () => 'request.cancelled'));
    expect((await kept).copy.widthPixels).toBeGreaterThan(1000);
    expect(await codeOf(imaging.optimize(page, profile, AbortSignal.abort()))).toBe('request.cancelled');
  });
});

describe('a worker that ends', () => {
  it('fails its page only; the next page gets a fresh worker', async () => {
    const imaging = createImaging({ workers: 1, workerUrl: new URL('./crashing-worker.fixture.ts', import.meta.url) });
    try {
      const results = [page, { ...page, sequence: 666 }, { ...page, sequence: 3 }].map((job) =>
        imaging.optimize(job, profile),
      );
      const codes = results.map((result) => codeOf(result));
      expect(await codes[1]).toBe('image.failed');
      const [first, , third] = await Promise.allSettled(results);
      expect(first?.status).toBe('fulfilled');
      expect(third?.status).toBe('fulfilled');
    } finally {
      await imaging.close();
    }
  });

  it('fails the page when it cannot even start', async () => {
    const imaging = createImaging({ workers: 1, workerUrl: new URL('./there-is-no-such-worker.ts', import.meta.url) });
    expect(await codeOf(imaging.optimize(page, profile))).toBe('image.failed');
    await imaging.close();
  });
});

describe('closing', () => {
  it('ends what runs and what waits, and takes nothing more', async () => {
    const imaging = createImaging({ workers: 1 });
    const codes = [imaging.optimize(page, profile), imaging.optimize(page, profile)].map((result) => codeOf(result));
    await imaging.close();
    expect(await Promise.all(codes)).toEqual(['request.cancelled', 'request.cancelled']);
    expect(await codeOf(imaging.optimize(page, profile))).toBe('request.cancelled');
  });
});
