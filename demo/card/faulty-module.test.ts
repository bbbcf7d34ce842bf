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

/** Codes of the errors that they ended in, or `signed`. */
async function settle(calls: readonly Promise<unknown>[]): Promise<readonly unknown[]> {
  const results = await Promise.allSettled(calls);
  return results.map((result) =>
    result.status === 'fulfilled' ? 'signed' : (result.reason as { code?: unknown }).code,
  );
}

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

  test('one that crashes takes all along that waited for it, and nothing of them reaches the next process', async () => {
    rig = createBridgeRig({ modules: [faulty('crash-sign')] });
    const sessionId = await signIn(rig);
    const outcomes = await settle([1, 2, 3, 4].map(() => sign(rig ?? expect.unreachable(), sessionId)));
    expect(outcomes).toEqual(Array.from({ length: 4 }, () => 'card.moduleCrashed'));
    expect(labels(await rig.client.listReaders())).toEqual(['Persona']);
    expect(rig.processes().map(({ signalCode }) => signalCode)).toEqual(['SIGSEGV', null]);
  });

  test('one that hangs is out of time for the first signature only: the others end with the process', async () => {
    rig = createBridgeRig({ modules: [faulty('hang-sign')], limits: { sign: 700 } });
    const sessionId = await signIn(rig);
    const waiting = [1, 2, 3].map(() => sign(rig ?? expect.unreachable(), sessionId));
    await expect(waiting[0]).rejects.toMatchObject({ code: 'card.timedOut' });
    // Asked while the process is ended: the next one answers it.
    const later = rig.client.listReaders();
    expect(await settle(waiting.slice(1))).toEqual(['card.moduleCrashed', 'card.moduleCrashed']);
    expect(labels(await later)).toEqual(['Persona']);
    expect(rig.processes().map(({ signalCode }) => signalCode)).toEqual(['SIGKILL', null]);
  });

  test('one that is slow has its whole time for each signature, however many wait', { timeout: 20_000 }, async () => {
    rig = createBridgeRig({ modules: [faulty('slow-sign')], limits: { sign: 1900 } });
    const sessionId = await signIn(rig);
    const signatures = await Promise.all([1, 2, 3].map(() => sign(rig ?? expect.unreachable(), sessionId)));
    for (const signature of signatures) expect(verify('sha256', data, person.publicKey, signature)).toBe(true);
    expect(rig.processes().map(({ signalCode }) => signalCode)).toEqual([null]);
  });

  test('one that hangs at the first question is told, not waited for', async () => {
    rig = createBridgeRig({ modules: [faulty('hang-list')], limits: { list: 700 } });
    await expect(rig.client.listReaders()).rejects.toMatchObject({ code: 'card.timedOut' });
  });
});
