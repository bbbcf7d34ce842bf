import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeAnswer } from '../testing/mdns-responder.ts';
import { decodeAnswer, encodeQuestions, joinLabels } from './dns-message.ts';

const announced = encodeAnswer([
  { name: ['_uscan', '_tcp', 'local'], ttl: 120, type: 'PTR', target: ['Escáner 1.º', '_uscan', '_tcp', 'local'] },
  { name: ['Escáner 1.º', '_uscan', '_tcp', 'local'], ttl: 120, type: 'SRV', port: 80, target: ['escaner', 'local'] },
  { name: ['Escáner 1.º', '_uscan', '_tcp', 'local'], ttl: 120, type: 'TXT', texts: ['rs=eSCL', 'RS=otro', 'UUID=1'] },
  { name: ['escaner', 'local'], ttl: 120, type: 'A', address: '192.0.2.7' },
]);

test('an announcement is read, with points in its name', () => {
  const instance = joinLabels(['Escáner 1.º', '_uscan', '_tcp', 'local']);
  const host = joinLabels(['escaner', 'local']);
  expect(decodeAnswer(announced)).toEqual([
    { name: joinLabels(['_uscan', '_tcp', 'local']), ttl: 120, type: 'PTR', target: instance },
    { name: instance, ttl: 120, type: 'SRV', port: 80, target: host },
    {
      name: instance,
      ttl: 120,
      type: 'TXT',
      texts: new Map([
        ['rs', 'eSCL'],
        ['uuid', '1'],
      ]),
    },
    { name: host, ttl: 120, type: 'A', address: '192.0.2.7' },
  ]);
});

test('names that point back are followed; those that point forward or at themselves are no names', () => {
  const record = (pointer: number) =>
    Buffer.concat([
      Buffer.from([0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0]),
      Buffer.from([5, ...Buffer.from('local'), 0, 0, 12, 0, 1, 0, 0, 0, 9, 0, 2, 0xc0, pointer]),
    ]);
  expect(decodeAnswer(record(12))).toMatchObject([{ type: 'PTR', target: 'local' }]);
  expect(decodeAnswer(record(29))).toBeNull();
  expect(decodeAnswer(record(30))).toBeNull();
});

test('a question is no answer, and no bytes of a stranger do more than be refused', () => {
  expect(decodeAnswer(encodeQuestions(0, [{ name: ['_uscan', '_tcp', 'local'], type: 'PTR' }]))).toBeNull();
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(announced.length - 1), fc.nat(255)), { maxLength: 6 }),
      fc.nat(announced.length),
      (changes, length) => {
        const bytes = Buffer.from(announced.subarray(0, length));
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        const records = decodeAnswer(bytes);
        expect(records === null || Array.isArray(records)).toBe(true);
      },
    ),
    { numRuns: 3_000 },
  );
});
