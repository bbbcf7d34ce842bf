import { verify } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { CardReader } from '../../core/services/ports/card.ts';
import { createBridgeRig, type BridgeRig } from './bridge-rig.ts';
import { buildNativePart } from './native-parts.ts';
import { openSoftHsm, type SoftHsm } from './softhsm.ts';
import { makeTestCredential } from './test-credential.ts';

/* Libraries that crash, hang or claim what is not theirs, beside one that works (SoftHSM2, which needs no reader). */

const person = makeTestCredential('Persona de prueba', 'rsa');
const pin = '246813';
const data = Buffer.from('Diligencia de cotejo');
let library = '';
let folder = '';
let tokens: SoftHsm;
let rig: BridgeRig | null = null;

beforeAll(() => {
  library = buildNativePart('faulty-module');
});
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ventanilla-faulty-'));
  tokens = await openSoftHsm(folder);
  await tokens.addToken({ label: 'Persona', pin, ...person });
});
afterEach(async () => {
  await rig?.client.close();
  rig = null;
  rmSync(folder, { recursive: true, force: true });
});

function faulty(fault: string) {
  const environment = {
    ...tokens.module.environment,
    VENTANILLA_FAULT: fault,
    VENTANILLA_REAL_MODULE: tokens.module.path,
  };
  return { path: library, environment, watch: 'poll' as const };
}
const labels = (list: readonly CardReader[]) => list.map(({ token }) => token?.label);

async function signIn(of: BridgeRig): Promise<string> {
  const [reader] = await of.client.listReaders();
  const login = await of.client.login({ readerId: reader?.readerId ?? '', pin: Buffer.from(pin) });
  if (login.outcome !== 'ok') throw new Error(login.outcome);
  return login.sessionId;
}
const sign = (of: BridgeRig, sessionId: string) =>
  of.client.sign({ sessionId, certificateId: '01', algorithm: 'rsa-sha256', data });

describe('beside a library that works', () => {
  test.each(['crash-list', 'hang-list'])('one with %s hides no card, and the card signs', async (fault) => {
    rig = createBridgeRig({ modules: [faulty(fault), tokens.module], limits: { unprovenList: 300 } });
    for (let again = 0; again < 3; again += 1) expect(labels(await rig.client.listReaders())).toEqual(['Persona']);
    expect(verify('sha256', data, person.publicKey, await sign(rig, await signIn(rig)))).toBe(true);
  });

  test('one that crashes is started again with pauses, and never takes the session of the other along', async () => {
    rig = createBridgeRig({ modules: [faulty('crash-list'), tokens.module], limits: { unprovenList: 300 } });
    const sessionId = await signIn(rig);
    const processes = rig.processes;
    while (processes().length < 5) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(processes()[0]?.signalCode).toBe('SIGSEGV');
    expect(verify('sha256', data, person.publicKey, await sign(rig, sessionId))).toBe(true);
  });
});

describe('alone', () => {
  test('one that crashes while it signs: told as such, and the next process serves', async () => {
    rig = createBridgeRig({ modules: [faulty('crash-sign')] });
    const sessionId = await signIn(rig);
    await expect(sign(rig, sessionId)).rejects.toMatchObject({ code: 'card.moduleCrashed' });
    expect(labels(await rig.client.listReaders())).toEqual(['Persona']);
    await expect(sign(rig, sessionId)).rejects.toMatchObject({ code: 'card.removed' });
    expect(await signIn(rig)).toMatch(/^[0-9a-f]{32}$/u);
  });

  test('one that hangs while it signs is ended after its time, and the next process serves', async () => {
    rig = createBridgeRig({ modules: [faulty('hang-sign')], limits: { sign: 700 } });
    const sessionId = await signIn(rig);
    await expect(sign(rig, sessionId)).rejects.toMatchObject({ code: 'card.timedOut' });
    expect(labels(await rig.client.listReaders())).toEqual(['Persona']);
    expect(rig.processes().map(({ signalCode }) => signalCode)).toEqual(['SIGKILL', null]);
  });

  test('one that hangs at the first question is told, not waited for', async () => {
    rig = createBridgeRig({ modules: [faulty('hang-list')], limits: { list: 700 } });
    await expect(rig.client.listReaders()).rejects.toMatchObject({ code: 'card.timedOut' });
  });
});
