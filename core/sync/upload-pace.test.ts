import { describe, expect, test } from 'vitest';
import { AppError } from '../contract/errors.ts';
import { usualLineRules } from '../services/line-rules.ts';
import { createUploadPace, usualPartSizes } from './upload-pace.ts';

const noon = () => new Date('2026-11-20T11:00:00Z');
const { smallest, first, largest } = usualPartSizes;

/** A part of that size on a line that is cut, or with somebody on it who takes no such thing. */
const fail = (pace: ReturnType<typeof createUploadPace>, error: AppError) =>
  expect(pace.measure(pace.partBytes(), () => Promise.reject(error))).rejects.toBe(error);

describe('the size of a part', () => {
  test('grows on a line that carries it at once, and shrinks to the smallest on one that is cut', async () => {
    const pace = createUploadPace({ rules: usualLineRules, now: noon });
    expect(pace.partBytes()).toBe(first);
    for (let size = first * 2; size <= largest; size *= 2) {
      await pace.measure(pace.partBytes(), async () => undefined);
      expect(pace.partBytes()).toBe(size);
    }
    await pace.measure(pace.partBytes(), async () => undefined);
    expect(pace.partBytes()).toBe(largest);
    for (let size = largest / 4; size >= smallest; size /= 4) {
      await fail(pace, new AppError('sync.offline'));
      expect(pace.partBytes()).toBe(size);
    }
    await fail(pace, new AppError('sync.offline'));
    expect(pace.partBytes()).toBe(smallest);
  });

  test('learns nothing from what is small beside it, nor from a centre that fails', async () => {
    const pace = createUploadPace({ rules: usualLineRules, now: noon });
    await pace.measure(2_000, async () => undefined);
    await fail(pace, new AppError('sync.centreFailed', { status: 500 }));
    expect(pace.partBytes()).toBe(first);
  });

  test('shrinks before a proxy that takes less at once', async () => {
    const pace = createUploadPace({ rules: usualLineRules, now: noon });
    await fail(pace, new AppError('sync.refused', { status: 413, isSigned: false }));
    expect(pace.partBytes()).toBe(first / 4);
  });
});

describe('the limit of an administrator', () => {
  test('counts at its hours of the official time, over midnight too', () => {
    const partAt = (from: string, until: string) =>
      createUploadPace({ rules: { ...usualLineRules, uploadKbps: 64, uploadHours: { from, until } }, now: noon });
    // 12:00 in the peninsula; 64 kbit/s carry 64,000 bytes in eight seconds.
    expect(partAt('08:00', '15:00').partBytes()).toBe(64_000);
    expect(partAt('11:00', '12:00').partBytes()).toBe(first);
    expect(partAt('11:00', '12:00').limit()).toBeNull();
    expect(partAt('22:00', '06:00').partBytes()).toBe(first);
    expect(partAt('11:30', '06:00').partBytes()).toBe(64_000);
  });

  test('is one for all that leaves at once', async () => {
    const pace = createUploadPace({ rules: { ...usualLineRules, uploadKbps: 800 }, now: noon });
    const { signal } = new AbortController();
    const begin = performance.now();
    const leave = pace.limit() ?? expect.unreachable('there is a limit');
    await Promise.all(Array.from({ length: 5 }, () => leave(10_000, signal)));
    // The fifth waits for the 40,000 bytes before it.
    expect(performance.now() - begin).toBeGreaterThanOrEqual(399);
  });
});
