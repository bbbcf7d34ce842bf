import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { compareSicresDigest } from './sicres-digest.ts';

const content = Buffer.from('anexo');
const digest = (algorithm: string) => createHash(algorithm).update(content).digest();
const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64');

test('a digest is understood in every encoding that is seen, of any algorithm admitted', () => {
  for (const algorithm of ['sha1', 'sha256', 'sha512', 'sha3-256', 'sha3-512']) {
    const raw = digest(algorithm);
    const hex = raw.toString('hex');
    for (const written of [
      base64(raw),
      base64(hex),
      base64(hex.toUpperCase()),
      base64(base64(raw)),
      base64(base64(hex)),
      hex,
      hex.toUpperCase(),
      `${base64(raw).slice(0, 10)}\n  ${base64(raw).slice(10)}`,
    ]) {
      expect([algorithm, written, compareSicresDigest(written, content)]).toEqual([algorithm, written, 'same']);
      expect(compareSicresDigest(written, Buffer.from('otro'))).toBe('different');
    }
  }
});

test('a wrong label is told apart from a wrong digest, and neither from what is none', () => {
  expect(compareSicresDigest(base64(digest('sha512')), content, 'SHA256')).toBe('sameOtherLabel');
  expect(compareSicresDigest(base64(digest('sha3-256')), content, 'SHA3_256')).toBe('same');
  expect(compareSicresDigest(base64(digest('sha256')), content, 'SHA-256')).toBe('same');
  for (const written of ['', 'no es', base64('corto'), '===', 'ñ']) {
    expect(compareSicresDigest(written, content)).toBe('unreadable');
  }
});
