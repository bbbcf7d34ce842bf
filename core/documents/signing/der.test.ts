import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../contract/errors.ts';
import {
  decodeObjectIdentifier,
  decodeOctetString,
  decodeTime,
  derChildren,
  encodeElement,
  encodeInteger,
  encodeObjectIdentifier,
  encodeOctetString,
  encodeSequence,
  encodeSetOf,
  readDer,
} from './der.ts';

describe('DER', () => {
  it('writes integers with the fewest octets and a clear sign bit', () => {
    expect(encodeInteger(0).toString('hex')).toBe('020100');
    expect(encodeInteger(127).toString('hex')).toBe('02017f');
    expect(encodeInteger(128).toString('hex')).toBe('02020080');
    expect(encodeInteger(65536).toString('hex')).toBe('0203010000');
    expect(encodeInteger(Buffer.from('0000ff', 'hex')).toString('hex')).toBe('020200ff');
  });

  it('writes lengths in short and long form', () => {
    expect(encodeOctetString(Buffer.alloc(127)).subarray(0, 2).toString('hex')).toBe('047f');
    expect(encodeOctetString(Buffer.alloc(128)).subarray(0, 3).toString('hex')).toBe('048180');
    expect(encodeOctetString(Buffer.alloc(70_000)).subarray(0, 5).toString('hex')).toBe('0483011170');
  });

  it('sorts a SET OF by its encodings', () => {
    const elements = [encodeInteger(300), encodeInteger(2), encodeOctetString(Buffer.alloc(1))];
    const set = readDer(encodeSetOf(elements));
    expect(derChildren(set).map((child) => child.raw.toString('hex'))).toEqual(['020102', '0202012c', '040100']);
  });

  it('reads back every object identifier that it writes', () => {
    const arcs = fc.tuple(
      fc.integer({ min: 0, max: 2 }),
      fc.integer({ min: 0, max: 39 }),
      fc.array(fc.nat(), { maxLength: 8 }),
    );
    fc.assert(
      fc.property(arcs, ([first, second, rest]) => {
        const dotted = [first, second, ...rest].join('.');
        expect(decodeObjectIdentifier(readDer(encodeObjectIdentifier(dotted)))).toBe(dotted);
      }),
    );
  });

  it('reads indefinite lengths and split octet strings, which old signing programs write', () => {
    const ber = Buffer.from('3080248004020102040103000002010500 00'.replace(' ', ''), 'hex');
    const [split, number] = derChildren(readDer(ber));
    expect(split && decodeOctetString(split).toString('hex')).toBe('010203');
    expect(number?.content.toString('hex')).toBe('05');
  });

  it('reads times of both kinds', () => {
    expect(decodeTime(readDer(encodeElement(0x17, Buffer.from('491231235959Z')))).toISOString()).toBe(
      '2049-12-31T23:59:59.000Z',
    );
    expect(decodeTime(readDer(encodeElement(0x17, Buffer.from('500101000000Z')))).toISOString()).toBe(
      '1950-01-01T00:00:00.000Z',
    );
    expect(decodeTime(readDer(encodeElement(0x18, Buffer.from('20260304050607.25Z')))).toISOString()).toBe(
      '2026-03-04T05:06:07.250Z',
    );
  });

  it('answers any bytes with an element or with document.unreadable', () => {
    const nested = encodeSequence(encodeInteger(1), encodeSequence(encodeOctetString(Buffer.from('abc'))));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 40 }),
          fc.nat(nested.length - 1).map((length) => nested.subarray(0, length)),
        ),
        (bytes) => {
          try {
            expect(readDer(bytes).raw.length).toBeLessThanOrEqual(bytes.length);
          } catch (error) {
            expect(error).toBeInstanceOf(AppError);
            expect((error as AppError).code).toBe('document.unreadable');
          }
        },
      ),
    );
    expect(() => readDer(Buffer.from('3080'.repeat(100_000), 'hex'))).toThrow(AppError);
  });
});
