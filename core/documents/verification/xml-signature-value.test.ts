import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkSignatureValue } from './xml-signature-value.ts';

const data = Buffer.from('Que se le expida una copia.');

describe('the value of an XML signature with ECDSA', () => {
  const more = 'http://www.w3.org/2001/04/xmldsig-more#';
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const info = publicKey.export({ format: 'der', type: 'spki' });
  const value = sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' });
  const check = (written: Buffer, signed = data): string =>
    checkSignatureValue(`${more}ecdsa-sha256`, info, signed, written);
  const filled = (filling: Buffer): Buffer =>
    Buffer.concat([filling, value.subarray(0, 32), filling, value.subarray(32)]);

  it('may be filled with zeros', () => {
    expect(check(value)).toBe('valid');
    expect(check(filled(Buffer.alloc(34)))).toBe('valid');
    expect(check(filled(Buffer.alloc(34)), Buffer.from('Otra cosa'))).toBe('invalid');
  });

  it('may not be filled with anything else, nor on one side alone', () => {
    expect(check(filled(Buffer.from([1])))).not.toBe('valid');
    expect(check(Buffer.concat([Buffer.alloc(2), value]))).not.toBe('valid');
    expect(check(Buffer.concat([value, Buffer.alloc(2)]))).not.toBe('valid');
  });
});
