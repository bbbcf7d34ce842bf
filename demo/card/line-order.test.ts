import { verify } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { BridgeChannel } from '../../core/devices/bridge-channel.ts';
import { createCardClient } from '../../core/devices/card/card-client.ts';
import { startNodeBridge } from '../../core/devices/node-bridge-channel.ts';
import type { CardPort } from '../../core/services/ports/card.ts';
import { bridgeEntry } from './bridge-rig.ts';
import { openSoftHsm } from './softhsm.ts';
import { makeTestCredential } from './test-credential.ts';

/* What lies at the bridge process at one time, told by the messages that pass: a window of signatures, never a PIN. */

const person = makeTestCredential('Persona de prueba', 'rsa');
const pin = '975310';
const answers = new Set(['listed', 'loggedIn', 'signed', 'loggedOut', 'failed']);
let folder = '';
let card: CardPort;
let readerId = '';
/** `+sign 3`: request 3 was posted; `-3`: it was answered. */
let passed: string[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ventanilla-line-'));
  const tokens = await openSoftHsm(folder);
  await tokens.addToken({ label: 'Persona', pin, ...person });
  card = createCardClient({
    spawnBridge: () => watched(startNodeBridge({ entry: bridgeEntry })),
    modules: [tokens.module],
  });
  readerId = (await card.listReaders())[0]?.readerId ?? expect.unreachable();
  passed = [];
});
afterEach(async () => {
  await card.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

type Message = Readonly<{ type: string; requestId?: number; pin?: Uint8Array | null }>;

function watched(channel: BridgeChannel): BridgeChannel {
  return {
    ...channel,
    post(message) {
      const { type, requestId, pin: presented } = message as Message;
      if (requestId !== undefined) passed.push(`+${presented instanceof Uint8Array ? 'pin ' : ''}${type} ${requestId}`);
      channel.post(message);
    },
    onMessage(listener) {
      channel.onMessage((message) => {
        const { type, requestId } = message as Message;
        if (answers.has(type)) passed.push(`-${requestId ?? ''}`);
        listener(message);
      });
    },
  };
}

async function signIn(): Promise<string> {
  const login = await card.login({ readerId, pin: Buffer.from(pin) });
  if (login.outcome !== 'ok') throw new Error(login.outcome);
  return login.sessionId;
}
const text = (index: number): Buffer => Buffer.from(`Documento ${index}`);
const sign = (sessionId: string, index: number, ...secret: readonly Uint8Array[]) =>
  card.sign({
    sessionId,
    certificateId: '01',
    algorithm: 'rsa-sha256',
    data: text(index),
    ...(secret[0] === undefined ? {} : { pin: secret[0] }),
  });

/** For each message posted: how many requests were at the process with it, and whether one of them had a PIN. */
function atOnce(): { most: number; besidePin: number } {
  const there = new Map<string, boolean>();
  let [most, besidePin] = [0, 0];
  for (const event of passed) {
    const number = event.split(' ').at(-1) ?? '';
    if (event.startsWith('-')) there.delete(event.slice(1));
    else {
      there.set(number, event.startsWith('+pin '));
      most = Math.max(most, there.size);
      if ([...there.values()].includes(true)) besidePin = Math.max(besidePin, there.size - 1);
    }
  }
  return { most, besidePin };
}

test('one signature waits behind the one in the card, no more, and each gets its own answer', async () => {
  const sessionId = await signIn();
  passed = [];
  const signatures = await Promise.all([...Array(12).keys()].map((index) => sign(sessionId, index)));
  for (const [index, signature] of signatures.entries())
    expect(verify('sha256', text(index), person.publicKey, signature)).toBe(true);
  expect(atOnce().most).toBe(2);
  expect(passed.filter((event) => event.startsWith('-')).length).toBe(12);
});

test('what carries a PIN is alone at the process, and is wiped here', async () => {
  const sessionId = await signIn();
  passed = [];
  const [first, second] = [Buffer.from(pin), Buffer.from(pin)];
  const signed = [
    sign(sessionId, 0),
    sign(sessionId, 1, first),
    sign(sessionId, 2),
    sign(sessionId, 3),
    sign(sessionId, 4, second),
  ];
  const again = signIn();
  for (const [index, signature] of (await Promise.all(signed)).entries())
    expect(verify('sha256', text(index), person.publicKey, signature)).toBe(true);
  expect(passed.filter((event) => event.startsWith('+pin ')).length).toBe(3);
  expect(atOnce()).toEqual({ most: 2, besidePin: 0 });
  for (const secret of [first, second]) expect(secret.every((byte) => byte === 0)).toBe(true);
  expect(await again).not.toBe(sessionId);
});

test('a session that is closed behind signatures lets them end, and refuses those after it', async () => {
  const sessionId = await signIn();
  const before = [sign(sessionId, 0), sign(sessionId, 1), sign(sessionId, 2)];
  const closed = card.logout(sessionId);
  const after = sign(sessionId, 3);
  await expect(after).rejects.toMatchObject({ code: 'card.removed' });
  for (const [index, signature] of (await Promise.all(before)).entries())
    expect(verify('sha256', text(index), person.publicKey, signature)).toBe(true);
  await closed;
});

test('one that the card refuses leaves the one behind it and the session as they are', async () => {
  const sessionId = await signIn();
  const refused = card.sign({ sessionId, certificateId: '7f', algorithm: 'rsa-sha256', data: text(0) });
  const behind = sign(sessionId, 1);
  await expect(refused).rejects.toMatchObject({ code: 'card.noCertificate' });
  expect(verify('sha256', text(1), person.publicKey, await behind)).toBe(true);
});
