import { constants, createHash, publicEncrypt, verify } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { parseCommand } from './card-command.ts';
import { createPivApplication, newPivCardState, type PivApplication, type PivCardState } from './piv-application.ts';
import { signRawEcdsa } from './raw-signature.ts';
import { makeTestCredential } from './test-credential.ts';
import { findTlv, tlv } from './tlv.ts';

const rsa = makeTestCredential('Prueba', 'rsa');
const ec = makeTestCredential('Prueba', 'ec');
let state: PivCardState;
let card: PivApplication;

beforeEach(() => {
  state = newPivCardState('246813', '13572468');
  card = createPivApplication({
    slots: [
      { slot: '9A', ...rsa },
      { slot: '9C', ...ec },
    ],
    state,
    holder: 'PRUEBA',
    demandsPinAlways: () => false,
  });
});

const send = (hex: string, data: Uint8Array = Buffer.alloc(0)): Buffer =>
  card.answer(Buffer.concat([Buffer.from(hex, 'hex'), data]));
const wordOf = (answer: Buffer): string => answer.subarray(-2).toString('hex').toUpperCase();
const verifyPin = (pin: string): string => wordOf(send('0020008008', Buffer.from(pin.padEnd(8, '\u00ff'), 'latin1')));

describe('commands', () => {
  test('short and extended lengths', () => {
    expect(parseCommand(Buffer.from('00A40400', 'hex'))).toMatchObject({ expected: 0 });
    expect(parseCommand(Buffer.from('00C0000000', 'hex'))).toMatchObject({ expected: 256 });
    expect(parseCommand(Buffer.from('00CB3FFF02AABB10', 'hex'))).toMatchObject({
      data: Buffer.from('AABB', 'hex'),
      expected: 16,
    });
    expect(parseCommand(Buffer.from('00CB3FFF000002AABB0000', 'hex'))).toMatchObject({
      data: Buffer.from('AABB', 'hex'),
      expected: 65_536,
    });
    for (const broken of ['', '00A4', '00A4040005AA', '00CB3FFF000005AABB'])
      expect(parseCommand(Buffer.from(broken, 'hex'))).toBeNull();
  });

  test('unknown applications, classes and instructions are refused by their own words', () => {
    expect(wordOf(send('00A4040005A000000001'))).toBe('6A82');
    expect(wordOf(send('80CB3FFF'))).toBe('6E00');
    expect(wordOf(send('00FE0000'))).toBe('6D00');
    expect(wordOf(send('00'))).toBe('6700');
  });
});

describe('PIN and PUK (SP 800-73-4 §3.2)', () => {
  test('counts down, blocks, and the PUK opens', () => {
    expect(wordOf(send('00200080'))).toBe('63C3');
    expect(verifyPin('000000')).toBe('63C2');
    expect(verifyPin('246813')).toBe('9000');
    expect(state.pinTriesLeft).toBe(3);
    for (const word of ['63C2', '63C1', '6983', '6983']) expect(verifyPin('000000')).toBe(word);
    expect(verifyPin('246813')).toBe('6983');
    expect(wordOf(send('002C008010', Buffer.from('00000000555666\u00ff\u00ff', 'latin1')))).toBe('63C2');
    expect(wordOf(send('002C008010', Buffer.from('13572468555666\u00ff\u00ff', 'latin1')))).toBe('9000');
    expect(verifyPin('555666')).toBe('9000');
  });

  test('a reset forgets the PIN, and the printed information is behind it', () => {
    const printed = '00CB3FFF055C035FC10900';
    expect(wordOf(send(printed))).toBe('6982');
    verifyPin('246813');
    expect(wordOf(send(printed))).toBe('9000');
    card.reset();
    expect(wordOf(send(printed))).toBe('6982');
  });
});

describe('objects and signatures', () => {
  test('a certificate leaves in parts', () => {
    let answer = send('00CB3FFF055C035FC10500');
    const parts: Buffer[] = [];
    while (answer.at(-2) === 0x61) {
      parts.push(answer.subarray(0, -2));
      answer = send('00C00000', Buffer.of(answer.at(-1) ?? 0));
    }
    parts.push(answer.subarray(0, -2));
    expect(wordOf(answer)).toBe('9000');
    expect(parts.length).toBeGreaterThan(2);
    const object = findTlv(Buffer.concat(parts), '53');
    expect(findTlv(object ?? Buffer.alloc(0), '70')).toEqual(Buffer.from(rsa.certificate));
  });

  test('RSA signs a chained block only behind the PIN', () => {
    const block = Buffer.concat([Buffer.of(0, 1), Buffer.alloc(200, 0xff), Buffer.of(0), Buffer.alloc(53, 7)]);
    const request = tlv('7C', tlv('82'), tlv('81', block));
    const ask = (): Buffer => {
      expect(wordOf(send('1087079AFF', request.subarray(0, 255)))).toBe('9000');
      return send('0087079A', Buffer.concat([Buffer.of(request.length - 255), request.subarray(255), Buffer.of(0)]));
    };
    expect(wordOf(ask())).toBe('6982');
    verifyPin('246813');
    const first = ask();
    const whole = Buffer.concat([
      first.subarray(0, -2),
      send('00C00000', Buffer.of(first.at(-1) ?? 0)).subarray(0, -2),
    ]);
    const signature = findTlv(findTlv(whole, '7C') ?? Buffer.alloc(0), '82') ?? Buffer.alloc(0);
    expect(publicEncrypt({ key: rsa.publicKey, padding: constants.RSA_NO_PADDING }, signature)).toEqual(block);
  });

  test('9C wants the PIN before each signature', () => {
    const digest = createHash('sha256').update('x').digest();
    const request = tlv('7C', tlv('82'), tlv('81', digest));
    const ask = (): Buffer => send('0087119C', Buffer.concat([Buffer.of(request.length), request, Buffer.of(0)]));
    verifyPin('246813');
    const answer = ask();
    expect(wordOf(answer)).toBe('9000');
    const signature = findTlv(findTlv(answer.subarray(0, -2), '7C') ?? Buffer.alloc(0), '82') ?? Buffer.alloc(0);
    expect(verify('sha256', Buffer.from('x'), ec.publicKey, signature)).toBe(true);
    expect(wordOf(ask())).toBe('6982');
  });

  test('raw ECDSA holds for many nonces', () => {
    const digest = createHash('sha256').update('muchas').digest();
    for (let i = 0; i < 20; i += 1)
      expect(verify('sha256', Buffer.from('muchas'), ec.publicKey, signRawEcdsa(ec.privateKey, digest))).toBe(true);
  });
});
