import { execFileSync } from 'node:child_process';
import { verify } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createBridgeRig, type BridgeRig } from './bridge-rig.ts';
import { openSoftHsm, type SoftHsm } from './softhsm.ts';
import { makeTestCredential } from './test-credential.ts';

const seal = makeTestCredential('Sello de prueba', 'rsa');
const person = makeTestCredential('Persona de prueba', 'ec');
const pin = 'clave-del-sello';
const data = Buffer.from('Justificante de registro');
let folder = '';
let tokens: SoftHsm;
let rig: BridgeRig;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ventanilla-softhsm-'));
  tokens = await openSoftHsm(folder);
  await tokens.addToken({ label: 'Sello', pin, ...seal });
  rig = createBridgeRig({ modules: [tokens.module] });
}, 60_000);
afterEach(async () => {
  await rig.client.close();
  rmSync(folder, { recursive: true, force: true });
});

async function readerOf(label: string): Promise<string> {
  const reader = (await rig.client.listReaders()).find(({ token }) => token?.label === label);
  if (reader === undefined) throw new Error(`no token ${label}`);
  return reader.readerId;
}
async function signIn(label: string, secret: string): Promise<string> {
  const result = await rig.client.login({ readerId: await readerOf(label), pin: Buffer.from(secret) });
  if (result.outcome !== 'ok') throw new Error(result.outcome);
  return result.sessionId;
}

test('the seal signs with its own certificate, and openssl agrees', { timeout: 60_000 }, async () => {
  const [reader] = await rig.client.listReaders();
  expect(reader?.token?.certificates).toEqual([
    {
      certificateId: '01',
      label: 'Sello',
      der: seal.certificate,
      hasPrivateKey: true,
      keyType: 'rsa',
      alwaysAuthenticate: false,
    },
  ]);
  const sessionId = await signIn('Sello', pin);
  const signature = await rig.client.sign({ sessionId, certificateId: '01', algorithm: 'rsa-sha256', data });
  writeFileSync(join(folder, 'key.pem'), seal.publicKey.export({ format: 'pem', type: 'spki' }));
  writeFileSync(join(folder, 'signature'), signature);
  const said = execFileSync(
    'openssl',
    ['dgst', '-sha256', '-verify', join(folder, 'key.pem'), '-signature', join(folder, 'signature')],
    { input: data },
  );
  expect(said.toString()).toContain('Verified OK');
});

test('every algorithm of the port that a key can do is done; the others are refused', { timeout: 60_000 }, async () => {
  await rig.client.close();
  await tokens.addToken({ label: 'Persona', pin: '4321', ...person });
  // A bridge that was loaded before the token was made does not see it.
  rig = createBridgeRig({ modules: [tokens.module] });
  const first = await signIn('Sello', pin);
  const second = await signIn('Persona', '4321');
  for (const hash of ['sha256', 'sha384', 'sha512'] as const) {
    const rsa = await rig.client.sign({ sessionId: first, certificateId: '01', algorithm: `rsa-${hash}`, data });
    expect(verify(hash, data, seal.publicKey, rsa)).toBe(true);
    const ecdsa = await rig.client.sign({ sessionId: second, certificateId: '01', algorithm: `ecdsa-${hash}`, data });
    expect(verify(hash, data, person.publicKey, ecdsa)).toBe(true);
  }
  const wrongKind = rig.client.sign({ sessionId: first, certificateId: '01', algorithm: 'ecdsa-sha256', data });
  await expect(wrongKind).rejects.toMatchObject({ code: 'card.failed' });
  const unknown = rig.client.sign({ sessionId: first, certificateId: '7f', algorithm: 'rsa-sha256', data });
  await expect(unknown).rejects.toMatchObject({ code: 'card.noCertificate' });
});

test('a wrong PIN opens nothing, also while the right one is in use', { timeout: 60_000 }, async () => {
  const sessionId = await signIn('Sello', pin);
  const readerId = await readerOf('Sello');
  expect(await rig.client.login({ readerId, pin: Buffer.from('otra-clave') })).toMatchObject({ outcome: 'incorrect' });
  const stale = rig.client.sign({ sessionId, certificateId: '01', algorithm: 'rsa-sha256', data });
  await expect(stale).rejects.toMatchObject({ code: 'card.removed' });
});

test('a wrong PIN given through another program is noticed without being asked for', { timeout: 20_000 }, async () => {
  const readerId = await readerOf('Sello');
  await rig.until((list) => list[0]?.token?.pinState.level === 'ok');
  const other = createBridgeRig({ modules: [tokens.module] });
  try {
    await other.client.listReaders();
    expect(await other.client.login({ readerId, pin: Buffer.from('otra-clave') })).toMatchObject({
      outcome: 'incorrect',
    });
  } finally {
    await other.client.close();
  }
  const list = await rig.until((all) => (all[0]?.token?.pinState.level ?? 'ok') !== 'ok');
  expect(list[0]?.token?.pinState.level).toBe('low');
});

test(
  'adding a label again changes nothing, and neither PIN nor key lies in the folder in clear',
  { timeout: 60_000 },
  async () => {
    expect(await tokens.addToken({ label: 'Sello', pin: 'distinta', ...person })).toBe(false);
    await signIn('Sello', pin);
    const secret = Buffer.from(seal.privateKey.export({ format: 'jwk' }).d ?? '', 'base64url');
    for (const name of readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    )) {
      const bytes = readFileSync(join(name.parentPath, name.name));
      expect(bytes.includes(secret)).toBe(false);
      expect(bytes.includes(pin)).toBe(false);
    }
    expect(rig.transcript()).not.toContain(pin);
  },
);
