import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BlobStore } from '../services/ports/store.ts';
import { openBlobStore } from './blob-store.ts';
import { sha256Hex } from './store-fixture.ts';

const keys = { wrapping: randomBytes(32), names: randomBytes(32) };
let folder = '';
let blobs: BlobStore;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ventanilla-blobs-'));
  blobs = await openBlobStore(folder, keys);
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function files(): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

function onlyFile(): string {
  const [path, ...more] = files();
  if (path === undefined || more.length > 0) throw new Error('one file was expected');
  return path;
}

describe('blobs', () => {
  test.each([0, 1, 65_535, 65_536, 65_537, 131_072, 9_000_000])(
    '%d bytes come back as they went in',
    async (length) => {
      const content = new Uint8Array(randomBytes(length));
      const digest = await blobs.put(content, 'application/pdf');
      expect(digest).toBe(createHash('sha256').update(content).digest('hex'));
      expect(Buffer.compare(await blobs.get(digest), content)).toBe(0);
      expect(blobs.getMediaType(digest)).toBe('application/pdf');
      expect(blobs.has(digest)).toBe(true);
    },
  );

  test('the same content is one file, also when it comes twice at once', async () => {
    const content = new Uint8Array(randomBytes(100_000));
    const digests = await Promise.all([blobs.put(content, 'image/jpeg'), blobs.put(content, 'image/jpeg')]);
    expect(await blobs.put(content, 'image/jpeg')).toBe(digests[0]);
    expect(files()).toHaveLength(1);
  });

  test.each([
    [70_000, 1, 0, 65_535],
    [0, 0],
    [65_536, 65_536, 3],
  ])('pieces of %d, %d… bytes are one file, the same as in one piece', async (...lengths) => {
    const pieces = lengths.map((length) => new Uint8Array(randomBytes(length)));
    const whole = Buffer.concat(pieces);
    const digest = await blobs.put(
      { pieces, sha256: createHash('sha256').update(whole).digest('hex') },
      'application/pdf',
    );
    expect(Buffer.compare(await blobs.get(digest), whole)).toBe(0);
    expect(await blobs.put(whole, 'application/pdf')).toBe(digest);
    expect(files()).toHaveLength(1);
  });

  test('pieces under another file’s digest are never read', async () => {
    const digest = await blobs.put({ pieces: [new Uint8Array(5)], sha256: sha256Hex('other') }, 'application/pdf');
    await expect(blobs.get(digest)).rejects.toThrow('blob.damaged');
  });

  test('what was never put is not found', async () => {
    await expect(blobs.get(sha256Hex('never'))).rejects.toThrow('blob.notFound');
    expect(() => blobs.getMediaType(sha256Hex('never'))).toThrow('blob.notFound');
    expect(blobs.has(sha256Hex('never'))).toBe(false);
    await expect(blobs.get('../../etc/passwd')).rejects.toThrow('request.invalid');
  });

  test('neither name nor bytes on disk tell the content', async () => {
    const text = 'Begoña Íñiguez, Calle del Olmo 3. '.repeat(4000);
    const digest = await blobs.put(new TextEncoder().encode(text), 'text/plain');
    const path = onlyFile();
    expect(path).not.toContain(digest.slice(0, 12));
    const bytes = readFileSync(path);
    for (const secret of ['Begoña', 'text/plain', Buffer.from(digest, 'hex')])
      expect(bytes.includes(secret)).toBe(false);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('any changed byte is damage, and writing again repairs what a look can see', async () => {
    const content = new Uint8Array(randomBytes(150_000));
    const digest = await blobs.put(content, 'application/pdf');
    const path = onlyFile();
    const whole = readFileSync(path);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: whole.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        async (position, mask) => {
          const damaged = Buffer.from(whole);
          damaged[position] = (damaged[position] ?? 0) ^ mask;
          writeFileSync(path, damaged);
          await expect(blobs.get(digest)).rejects.toThrow('blob.damaged');
        },
      ),
      { numRuns: 40 },
    );
    for (const length of [0, 7, 300, whole.length - 16, whole.length - 1]) {
      writeFileSync(path, whole);
      truncateSync(path, length);
      await expect(blobs.get(digest)).rejects.toThrow('blob.damaged');
    }
    writeFileSync(path, Buffer.concat([whole, randomBytes(20)]));
    await expect(blobs.get(digest)).rejects.toThrow('blob.damaged');
    await blobs.put(content, 'application/pdf');
    expect(Buffer.compare(await blobs.get(digest), content)).toBe(0);
  });

  test('chunks in another order and files in each other’s place are damage', async () => {
    const chunk = 65_536 + 16;
    const digest = await blobs.put(new Uint8Array(randomBytes(3 * 65_536)), 'application/pdf');
    const path = onlyFile();
    const whole = readFileSync(path);
    const start = whole.length - 3 * chunk;
    const swapped = [
      whole.subarray(0, start),
      whole.subarray(start + chunk, start + 2 * chunk),
      whole.subarray(start, start + chunk),
      whole.subarray(start + 2 * chunk),
    ];
    writeFileSync(path, Buffer.concat(swapped));
    await expect(blobs.get(digest)).rejects.toThrow('blob.damaged');

    rmSync(path);
    const other = await blobs.put(new Uint8Array(randomBytes(3 * 65_536)), 'application/pdf');
    writeFileSync(onlyFile(), whole);
    await expect(blobs.get(other)).rejects.toThrow('blob.damaged');
  });

  test('another desk’s keys find nothing', async () => {
    const digest = await blobs.put(new Uint8Array(randomBytes(10)), 'text/plain');
    const others = await openBlobStore(folder, { ...keys, names: randomBytes(32) });
    expect(others.has(digest)).toBe(false);
    const sameNames = await openBlobStore(folder, { ...keys, wrapping: randomBytes(32) });
    await expect(sameNames.get(digest)).rejects.toThrow('blob.damaged');
  });

  test('removes what it is told to, but nothing that was just put, and what a crash left half written', async () => {
    const kept = await blobs.put(new Uint8Array(randomBytes(10)), 'text/plain');
    const dropped = await blobs.put(new Uint8Array(randomBytes(10)), 'text/plain');
    await blobs.remove([dropped]);
    expect(blobs.has(dropped)).toBe(true);
    writeFileSync(join(folder, 'new', 'half'), 'half');
    const later = await openBlobStore(folder, keys);
    await later.remove([dropped, dropped]);
    expect([later.has(kept), later.has(dropped)]).toEqual([true, false]);
    expect(files()).toHaveLength(1);
  });
});
