import { execFile } from 'node:child_process';
import { verify } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { CardReader } from '../../core/services/ports/card.ts';
import { createBridgeRig, type BridgeRig } from './bridge-rig.ts';
import { openSc } from './card-rig.ts';
import { buildNativePart } from './native-parts.ts';
import { acquireVirtualReaders, type VirtualReaders } from './pcscd.ts';
import { makeTestCredential } from './test-credential.ts';
import { createVirtualCard, firstReaderPort, secondReaderPort, type VirtualCard } from './virtual-card.ts';

const run = promisify(execFile);
const pin = '246813';
const puk = '13572468';
const officerRsa = makeTestCredential('Funcionaria de prueba', 'rsa');
const officerEc = makeTestCredential('Funcionaria de prueba (cada vez)', 'ec');
const citizen = makeTestCredential('Ciudadano de prueba', 'rsa');
const data = Buffer.from('Diligencia de cotejo');

let readers: VirtualReaders;
let cacheFolder = '';
let officerCard: VirtualCard;
let citizenCard: VirtualCard;
let rig: BridgeRig;

beforeAll(async () => {
  readers = await acquireVirtualReaders();
  if (!readers.available) throw new Error(`no virtual readers: ${readers.reason}`);
}, 600_000);
afterAll(async () => {
  if (readers.available) await readers.release();
});

beforeEach(() => {
  cacheFolder = mkdtempSync(join(tmpdir(), 'ventanilla-card-'));
  officerCard = createVirtualCard({
    port: firstReaderPort,
    pin,
    puk,
    slots: [
      { slot: '9A', ...officerRsa },
      { slot: '9C', ...officerEc },
    ],
  });
  citizenCard = createVirtualCard({ port: secondReaderPort, pin: '987654', puk, slots: [{ slot: '9A', ...citizen }] });
  rig = createBridgeRig({
    modules: [{ path: openSc }],
    environment: { XDG_CACHE_HOME: cacheFolder },
    limits: { list: 15_000, login: 15_000, sign: 6000 },
  });
});
afterEach(async () => {
  await rig.client.close();
  await officerCard.close();
  await citizenCard.close();
  rmSync(cacheFolder, { recursive: true, force: true });
  // pcscd must see both readers empty before the next test.
  await new Promise((resolve) => setTimeout(resolve, 900));
});

function tokenOf(list: readonly CardReader[], serialPort: 0 | 1) {
  return list.find(({ readerName }) => readerName.endsWith(`0${serialPort}`)) ?? null;
}
const hasOfficer = (list: readonly CardReader[]): boolean => tokenOf(list, 0)?.state === 'present';

async function withOfficer(): Promise<CardReader> {
  await officerCard.insert();
  const reader = tokenOf(await rig.until(hasOfficer), 0);
  if (reader === null) throw new Error('no reader');
  return reader;
}
async function signIn(reader: CardReader, secret = pin): Promise<string> {
  const result = await rig.client.login({ readerId: reader.readerId, pin: Buffer.from(secret) });
  if (result.outcome !== 'ok') throw new Error(result.outcome);
  return result.sessionId;
}
const sign = (sessionId: string, certificateId = '01', secret?: string): Promise<Uint8Array> =>
  rig.client.sign({
    sessionId,
    certificateId,
    algorithm: certificateId === '01' ? 'rsa-sha256' : 'ecdsa-sha256',
    data,
    ...(secret === undefined ? {} : { pin: Buffer.from(secret) }),
  });

describe('readers and cards', { timeout: 60_000 }, () => {
  test('OpenSC itself takes the card for a real one', async () => {
    await officerCard.insert();
    const { stdout } = await run('pkcs11-tool', ['--module', openSc, '--list-objects', '--type', 'cert']);
    expect(stdout).toContain('CN=Funcionaria de prueba');
    expect(stdout.match(/Certificate Object/gu)).toHaveLength(2);
  });

  test('both readers are told, with what goes into them and what leaves', async () => {
    await rig.until((list) => list.length === 2);
    await officerCard.insert();
    await rig.until(hasOfficer);
    await citizenCard.insert();
    const list = await rig.until((all) => all.every(({ state }) => state === 'present'));
    expect(list.map(({ token }) => token?.label)).toEqual(['Funcionaria de prueba', 'Ciudadano de prueba']);
    expect(
      tokenOf(list, 0)?.token?.certificates.map(({ certificateId, keyType, alwaysAuthenticate, hasPrivateKey }) => ({
        certificateId,
        keyType,
        alwaysAuthenticate,
        hasPrivateKey,
      })),
    ).toEqual([
      { certificateId: '01', keyType: 'rsa', alwaysAuthenticate: false, hasPrivateKey: true },
      { certificateId: '02', keyType: 'ec', alwaysAuthenticate: true, hasPrivateKey: true },
    ]);
    expect(tokenOf(list, 0)?.token?.certificates[0]?.der).toEqual(officerRsa.certificate);
    await citizenCard.remove();
    const after = await rig.until((all) => tokenOf(all, 1)?.state === 'empty');
    expect(tokenOf(after, 0)?.state).toBe('present');
    expect(await rig.client.listReaders()).toEqual(after);
  });

  test('two modules that read the same card show it once', async () => {
    await officerCard.insert();
    const twice = createBridgeRig({
      modules: [
        { path: openSc },
        { path: openSc.replace('opensc-', 'onepin-opensc-') },
        { path: '/nowhere/module.so' },
      ],
    });
    try {
      const list = await twice.client.listReaders();
      expect(list.map(({ readerName, state }) => ({ readerName, state }))).toEqual([
        { readerName: 'Virtual PCD 00 00', state: 'present' },
        { readerName: 'Virtual PCD 00 01', state: 'empty' },
      ]);
    } finally {
      await twice.client.close();
    }
  });

  test('a stray library that claims every card and reads none hides it from nobody', async () => {
    await officerCard.insert();
    const strayFirst = createBridgeRig({
      modules: [
        {
          path: buildNativePart('faulty-module'),
          environment: { VENTANILLA_FAULT: 'claim', VENTANILLA_REAL_MODULE: openSc, XDG_CACHE_HOME: cacheFolder },
        },
        { path: openSc, environment: { XDG_CACHE_HOME: cacheFolder } },
      ],
    });
    try {
      const list = await strayFirst.until(hasOfficer);
      const shown = await strayFirst.until((all) => (tokenOf(all, 0)?.token?.certificates.length ?? 0) > 0);
      expect(list).toHaveLength(2);
      expect(tokenOf(shown, 0)).toMatchObject({ moduleName: 'opensc-pkcs11.so', state: 'present' });
    } finally {
      await strayFirst.client.close();
    }
  });

  test('a card that was never filled is there, and has nothing to sign with', async () => {
    const blank = createVirtualCard({ port: firstReaderPort, pin, puk, slots: [] });
    await blank.insert();
    try {
      const reader = tokenOf(await rig.until(hasOfficer), 0);
      expect(reader?.token?.certificates).toEqual([]);
      const sessionId = await signIn(reader ?? expect.unreachable('no reader'));
      await expect(sign(sessionId)).rejects.toMatchObject({ code: 'card.noCertificate' });
    } finally {
      await rig.client.close();
      await blank.close();
    }
  });

  test('a module that does not exist is told as such', async () => {
    const none = createBridgeRig({ modules: [{ path: '/nowhere/module.so' }] });
    await expect(none.client.listReaders()).rejects.toMatchObject({ code: 'card.moduleMissing' });
    await none.client.close();
  });
});

describe('the PIN', { timeout: 60_000 }, () => {
  test('wrong PINs count down to the lock, which is then told without asking the card', async () => {
    const reader = await withOfficer();
    expect(reader.token?.pinState).toMatchObject({ level: 'ok', triesLeft: 3 });
    const attempt = () => rig.client.login({ readerId: reader.readerId, pin: Buffer.from('111111') });
    expect(await attempt()).toEqual({ outcome: 'incorrect', triesLeft: 2, isLastTry: false });
    expect(tokenOf(await rig.client.listReaders(), 0)?.token?.pinState).toMatchObject({ level: 'low', triesLeft: 2 });
    expect(await attempt()).toEqual({ outcome: 'incorrect', triesLeft: 1, isLastTry: true });
    expect(tokenOf(await rig.client.listReaders(), 0)?.token?.pinState).toMatchObject({
      level: 'lastTry',
      triesLeft: 1,
    });
    expect(await attempt()).toEqual({ outcome: 'locked' });
    expect(tokenOf(await rig.client.listReaders(), 0)?.token?.pinState).toMatchObject({
      level: 'locked',
      triesLeft: 0,
    });
    expect(await rig.client.login({ readerId: reader.readerId, pin: Buffer.from(pin) })).toEqual({ outcome: 'locked' });
  });

  test('the PUK opens a locked card again', async () => {
    const reader = await withOfficer();
    for (let i = 0; i < 3; i += 1) await rig.client.login({ readerId: reader.readerId, pin: Buffer.from('111111') });
    expect(officerCard.triesLeft()).toBe(0);
    await run('pkcs15-tool', [
      '--reader',
      '0',
      '--unblock-pin',
      '--auth-id',
      '01',
      '--puk',
      puk,
      '--new-pin',
      '555666',
    ]);
    expect(officerCard.triesLeft()).toBe(3);
    expect(await rig.client.login({ readerId: reader.readerId, pin: Buffer.from('555666') })).toMatchObject({
      outcome: 'ok',
    });
  });

  test('an empty or overlong PIN costs no try', async () => {
    const reader = await withOfficer();
    for (const secret of ['', '12', '123456789']) {
      expect(await rig.client.login({ readerId: reader.readerId, pin: Buffer.from(secret) })).toEqual({
        outcome: 'invalidLength',
      });
    }
    expect(await rig.client.login({ readerId: reader.readerId, pin: null })).toEqual({ outcome: 'invalidLength' });
    expect(officerCard.triesLeft()).toBe(3);
  });

  test('leaves no trace: bytes wiped, nothing logged, no certificate in the cache folder, card closed after logout', async () => {
    const reader = await withOfficer();
    const bytes = Buffer.from(pin);
    const result = await rig.client.login({ readerId: reader.readerId, pin: bytes });
    expect([...bytes]).toEqual([0, 0, 0, 0, 0, 0]);
    if (result.outcome !== 'ok') throw new Error(result.outcome);
    await sign(result.sessionId, '02', pin);
    await expect(sign(result.sessionId, '02', '111111')).rejects.toMatchObject({
      code: 'card.pinIncorrect',
      details: { triesLeft: 2 },
    });
    await sign(result.sessionId, '02', pin);
    await rig.client.logout(result.sessionId);
    expect(rig.transcript()).toContain('card.pinIncorrect');
    expect(rig.transcript()).not.toContain(pin);
    expect(rig.transcript()).not.toContain(Buffer.from(pin).toString('hex'));
    expect(rig.transcript()).not.toContain(Buffer.from(pin).toString('base64'));
    expect(readdirSync(cacheFolder)).toEqual([]);
    const { stdout } = await run('opensc-tool', [
      '--reader',
      '0',
      '--card-driver',
      'default',
      '--send-apdu',
      '00:A4:04:00:09:A0:00:00:03:08:00:00:10:00',
      '--send-apdu',
      '00:20:00:80',
    ]);
    expect(stdout).toContain('SW1=0x63, SW2=0xC3');
    await expect(sign(result.sessionId)).rejects.toMatchObject({ code: 'card.removed' });
  });
});

describe('signatures', { timeout: 60_000 }, () => {
  test('one PIN signs a batch with the 9A key, and openssl agrees', async () => {
    const sessionId = await signIn(await withOfficer());
    for (const algorithm of ['rsa-sha256', 'rsa-sha384', 'rsa-sha512', 'rsa-sha256'] as const) {
      const signature = await rig.client.sign({ sessionId, certificateId: '01', algorithm, data });
      expect(verify(algorithm.slice(4), data, officerRsa.publicKey, signature)).toBe(true);
    }
  });

  test('the 9C key asks each time', async () => {
    const sessionId = await signIn(await withOfficer());
    await expect(sign(sessionId, '02')).rejects.toMatchObject({ code: 'card.pinCancelled' });
    await expect(sign(sessionId, '02', '000000')).rejects.toMatchObject({ code: 'card.pinIncorrect' });
    for (let i = 0; i < 2; i += 1)
      expect(verify('sha256', data, officerEc.publicKey, await sign(sessionId, '02', pin))).toBe(true);
    await expect(sign(sessionId, '02', '000000')).rejects.toMatchObject({ code: 'card.pinIncorrect' });
    await expect(sign(sessionId, '02', '000000')).rejects.toMatchObject({ code: 'card.pinLastTry' });
    await expect(sign(sessionId, '02', '000000')).rejects.toMatchObject({ code: 'card.pinLocked' });
  });

  test('a card that wants the PIN each time without saying so is found out, and then served', async () => {
    const reader = await withOfficer();
    const sessionId = await signIn(reader);
    officerCard.setBehaviour({ alwaysAuthenticate: true });
    // As on the DNIe (OpenSC issue 3613): the login serves the first signature, the second fails.
    expect(verify('sha256', data, officerRsa.publicKey, await sign(sessionId))).toBe(true);
    await expect(sign(sessionId)).rejects.toMatchObject({ code: 'card.pinCancelled' });
    const list = await rig.until((all) => tokenOf(all, 0)?.token?.certificates[0]?.alwaysAuthenticate === true);
    expect(tokenOf(list, 0)?.state).toBe('present');
    for (let i = 0; i < 2; i += 1)
      expect(verify('sha256', data, officerRsa.publicKey, await sign(sessionId, '01', pin))).toBe(true);
  });

  test('officer and citizen sign side by side, each with their own card', async () => {
    const officer = await signIn(await withOfficer());
    await citizenCard.insert();
    const reader = tokenOf(await rig.until((list) => tokenOf(list, 1)?.state === 'present'), 1);
    if (reader === null) throw new Error('no reader');
    const signer = await signIn(reader, '987654');
    const [first, second] = await Promise.all([sign(officer), sign(signer)]);
    expect(verify('sha256', data, officerRsa.publicKey, first)).toBe(true);
    expect(verify('sha256', data, citizen.publicKey, second)).toBe(true);
  });
});

describe('a card that leaves or hangs', { timeout: 90_000 }, () => {
  test('pulled before the signature: told, and the card that comes back needs its PIN again', async () => {
    const reader = await withOfficer();
    const sessionId = await signIn(reader);
    await officerCard.remove();
    await expect(sign(sessionId)).rejects.toMatchObject({ code: 'card.removed' });
    await rig.until((list) => tokenOf(list, 0)?.state === 'empty');
    const back = await withOfficer();
    expect(back.token?.serial).toBe(reader.token?.serial);
    await expect(sign(sessionId)).rejects.toMatchObject({ code: 'card.removed' });
    expect(verify('sha256', data, officerRsa.publicKey, await sign(await signIn(back)))).toBe(true);
  });

  test('exchanged for another one: the old session is of no use', async () => {
    const sessionId = await signIn(await withOfficer());
    await officerCard.remove();
    const other = createVirtualCard({ port: firstReaderPort, pin, puk, slots: [{ slot: '9A', ...citizen }] });
    try {
      await new Promise((resolve) => setTimeout(resolve, 900));
      await other.insert();
      await rig.until((list) => tokenOf(list, 0)?.token?.label === 'Ciudadano de prueba');
      await expect(sign(sessionId)).rejects.toMatchObject({ code: 'card.removed' });
    } finally {
      await other.close();
    }
  });

  test('a card that does not answer is given up, and the next one is served', async () => {
    const sessionId = await signIn(await withOfficer());
    officerCard.setBehaviour({ isHanging: true });
    await expect(sign(sessionId)).rejects.toMatchObject({ code: 'card.timedOut' });
    await officerCard.remove();
    officerCard.setBehaviour({ isHanging: false });
    await rig.until((list) => tokenOf(list, 0)?.state === 'empty');
    expect(verify('sha256', data, officerRsa.publicKey, await sign(await signIn(await withOfficer())))).toBe(true);
  });

  test('a bridge killed in the middle of a signature is told as such and comes back', async () => {
    const reader = await withOfficer();
    const sessionId = await signIn(reader);
    officerCard.setBehaviour({ isHanging: true });
    const pending = sign(sessionId);
    rig.processes()[0]?.kill('SIGKILL');
    await expect(pending).rejects.toMatchObject({ code: 'card.moduleCrashed' });
    officerCard.setBehaviour({ isHanging: false });
    const back = tokenOf(await rig.until(hasOfficer), 0);
    expect(rig.processes()).toHaveLength(2);
    if (back === null) throw new Error('no reader');
    await expect(sign(sessionId)).rejects.toMatchObject({ code: 'card.removed' });
    expect(verify('sha256', data, officerRsa.publicKey, await sign(await signIn(back)))).toBe(true);
  });
});
