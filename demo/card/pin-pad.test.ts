import { verify } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { CardReader, PinPadAsked } from '../../core/services/ports/card.ts';
import { createBridgeRig, type BridgeRig } from './bridge-rig.ts';
import { openSc } from './card-rig.ts';
import { acquireVirtualReaders, type VirtualReaders } from './pcscd.ts';
import { openPinPad, type PinPad } from './pin-pad.ts';
import { makeTestCredential } from './test-credential.ts';
import { createVirtualCard, type VirtualCard } from './virtual-card.ts';

/* A reader with keys of its own: our driver in pcscd, seen by OpenSC like any other reader with a PIN pad. */

const pin = '246813';
const often = makeTestCredential('Funcionaria de prueba', 'rsa');
const eachTime = makeTestCredential('Funcionaria de prueba (cada vez)', 'ec');
const data = Buffer.from('Diligencia de cotejo');

let readers: VirtualReaders;
let folder = '';
let pad: PinPad;
let card: VirtualCard;
let rig: BridgeRig;
let asked: (PinPadAsked | null)[] = [];

beforeAll(async () => {
  readers = await acquireVirtualReaders({ pinPads: 1 });
  if (!readers.available) throw new Error(`no virtual readers: ${readers.reason}`);
}, 600_000);
afterAll(async () => {
  if (readers.available) await readers.release();
});
beforeEach(async () => {
  const socket = (readers.available ? readers.pinPads[0] : undefined) ?? expect.unreachable('no reader with a PIN pad');
  folder = mkdtempSync(join(tmpdir(), 'ventanilla-pad-'));
  pad = await openPinPad(socket);
  card = createVirtualCard({
    socket,
    pin,
    puk: '13572468',
    slots: [
      { slot: '9A', ...often },
      { slot: '9C', ...eachTime },
    ],
  });
  rig = createBridgeRig({
    modules: [{ path: openSc }],
    environment: { XDG_CACHE_HOME: folder },
    limits: { list: 15_000, login: 4000, sign: 4000 },
  });
  asked = [];
  rig.client.onPinPadAsked((one) => asked.push(one));
});
afterEach(async () => {
  await rig.client.close();
  await card.close();
  await pad.close();
  rmSync(folder, { recursive: true, force: true });
});

const isIn = ({ hasPinPad, state }: CardReader): boolean => hasPinPad && state === 'present';

async function withCard(): Promise<CardReader> {
  await card.insert();
  return (await rig.until((list) => list.some(isIn))).find(isIn) ?? expect.unreachable('no reader');
}
async function signIn(): Promise<string> {
  const { readerId } = await withCard();
  const login = rig.client.login({ readerId, pin: null });
  await pad.enter(pin);
  const result = await login;
  return result.outcome === 'ok' ? result.sessionId : expect.unreachable(result.outcome);
}

test('the reader asks, says how long it waits, and its PIN signs any number of times', async () => {
  const { readerId, readerName } = await withCard();
  const login = rig.client.login({ readerId, pin: null });
  expect(await pad.asked()).toBe(30);
  expect(asked).toEqual([{ readerName, seconds: 30 }]);
  await pad.enter(pin);
  const result = await login;
  expect(asked).toEqual([{ readerName, seconds: 30 }, null]);
  const sessionId = result.outcome === 'ok' ? result.sessionId : expect.unreachable(result.outcome);
  for (let i = 0; i < 3; i += 1) {
    const signature = await rig.client.sign({ sessionId, certificateId: '01', algorithm: 'rsa-sha256', data });
    expect(verify('sha256', data, often.publicKey, signature)).toBe(true);
  }
  expect(asked).toHaveLength(2);
  expect(rig.transcript()).not.toContain(pin);
});

test('the red key is an outcome that costs no try; a wrong PIN tells what is left, down to the lock', async () => {
  const { readerId } = await withCard();
  const attempt = async (act: () => Promise<void>) => {
    const login = rig.client.login({ readerId, pin: null });
    await act();
    return login;
  };
  expect(await attempt(() => pad.cancel())).toEqual({ outcome: 'cancelled' });
  expect(await attempt(() => pad.enter('12'))).toEqual({ outcome: 'invalidLength' });
  expect(card.triesLeft()).toBe(3);
  expect(await attempt(() => pad.enter('111111'))).toEqual({ outcome: 'incorrect', triesLeft: 2, isLastTry: false });
  expect(await attempt(() => pad.enter('111111'))).toEqual({ outcome: 'incorrect', triesLeft: 1, isLastTry: true });
  expect(await attempt(() => pad.enter('111111'))).toEqual({ outcome: 'locked' });
  expect(await rig.client.login({ readerId, pin: null })).toEqual({ outcome: 'locked' });
});

test('nobody types: told as such when the reader gives up, longer than any other request may take', async () => {
  const { readerId } = await withCard();
  expect(await rig.client.login({ readerId, pin: null })).toEqual({ outcome: 'timedOut' });
  expect(card.triesLeft()).toBe(3);
  expect(rig.processes()).toHaveLength(1);
}, 90_000);

test('a key that wants the PIN each time asks on the reader each time, and the red key ends that signature only', async () => {
  const sessionId = await signIn();
  const sign = () => rig.client.sign({ sessionId, certificateId: '02', algorithm: 'ecdsa-sha256', data });
  const [outcome] = await Promise.all([Promise.allSettled([sign()]), pad.cancel()]);
  expect(outcome).toMatchObject([{ status: 'rejected', reason: { code: 'card.pinCancelled' } }]);
  const again = sign();
  // The red key has taken back the log-in: the reader asks for that one too.
  await pad.enter(pin);
  await pad.enter(pin);
  expect(verify('sha256', data, eachTime.publicKey, await again)).toBe(true);
  const next = sign();
  await pad.enter(pin);
  expect(verify('sha256', data, eachTime.publicKey, await next)).toBe(true);
});

test('the card is pulled while the reader waits', async () => {
  const { readerId } = await withCard();
  const login = rig.client.login({ readerId, pin: null });
  await pad.asked();
  await card.remove();
  await pad.enter(pin);
  expect(await login).toEqual({ outcome: 'removed' });
  expect(asked.at(-1)).toBeNull();
});

test('the bridge dies while the reader waits: told, and nothing goes on waiting in the window', async () => {
  const { readerId } = await withCard();
  const login = rig.client.login({ readerId, pin: null });
  await pad.asked();
  rig.processes()[0]?.kill('SIGKILL');
  expect(await login).toEqual({ outcome: 'moduleCrashed' });
  expect(asked.at(-1)).toBeNull();
  await pad.cancel();
});
