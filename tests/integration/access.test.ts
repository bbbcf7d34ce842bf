import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorCodes } from '../../core/contract/errors.ts';
import { methods } from '../../core/contract/methods.ts';
import type { MethodName } from '../../core/contract/methods.ts';
import { createOfficialClock } from '../../core/devices/official-clock.ts';
import { createDesk } from '../../core/store/open-desk.ts';
import { demonstrationPassphrase } from '../../demo/credentials.ts';
import { receiveCitizen } from './counter.ts';
import { officerName, openDeskRig, pinBytes, readFolder, secondOfficerName } from './desk-rig.ts';
import type { DeskRig } from './desk-rig.ts';
import { startServicesHere } from './services-link.ts';

/* Who may ask what, and that no question, however strange, brings the services down. The tests go on one from another. */

const names = Object.keys(methods) as MethodName[];
/** Written here a second time on purpose: opening another method to everybody must be seen. */
const withoutSession: readonly MethodName[] = [
  'desk.getStatus',
  'desk.open',
  'desk.restore',
  'desk.enrolAgain',
  'desk.cancelRestore',
  'session.listCandidates',
  'session.signIn',
  'session.signOut',
  'jobs.get',
];
const guarded = names.filter((name) => !withoutSession.includes(name));
const passphrase = (text: string = demonstrationPassphrase): Uint8Array => new TextEncoder().encode(text);

let rig: DeskRig;
beforeAll(async () => {
  rig = await openDeskRig();
});
afterAll(() => rig.close());

describe('a desk that is closed', () => {
  test('says so, and takes nothing but its passphrase', async () => {
    expect((await rig.call('desk.getStatus', {})).phase).toBe('closed');
    expect(await rig.codeOf('session.listCandidates', {})).toBe('desk.notOpened');
    expect(await rig.codeOf('desk.open', { passphrase: passphrase('otra cosa') })).toBe('desk.passphraseIncorrect');
    expect(await rig.codeOf('desk.open', { passphrase: demonstrationPassphrase })).toBe('request.invalid');
    expect((await rig.call('desk.getStatus', {})).phase).toBe('closed');
    await rig.openDesk();
    expect(await rig.codeOf('desk.open', { passphrase: passphrase() })).toBe('desk.alreadyOpen');
  });

  test('is opened by one program at a time', async () => {
    const second = startServicesHere(rig.office.settingsFile);
    try {
      const request = { type: 'request', id: 1, method: 'desk.open', input: { passphrase: passphrase() } } as const;
      expect(await second.handle(request)).toMatchObject({ ok: false, error: { code: 'desk.alreadyOpen' } });
    } finally {
      await second.close();
    }
  });

  test('without reference data nobody can sign in, and the error tells why', async () => {
    const dataFolder = path.join(rig.paths.root, 'empty-desk');
    const settingsFile = path.join(rig.paths.root, 'empty-settings.json');
    await createDesk({
      folder: dataFolder,
      secret: { kind: 'passphrase', passphrase: passphrase() },
      clock: createOfficialClock({ servers: [], onProblem: () => undefined }),
    });
    await writeFile(settingsFile, JSON.stringify({ ...rig.settings, dataFolder }));
    const empty = startServicesHere(settingsFile);
    try {
      const ask = (id: number, method: string, input: unknown) => empty.handle({ type: 'request', id, method, input });
      expect(await ask(1, 'desk.open', { passphrase: passphrase() })).toMatchObject({ ok: true });
      expect(await ask(2, 'desk.getStatus', {})).toMatchObject({ ok: true });
      expect(await ask(3, 'session.listCandidates', {})).toMatchObject({ error: { code: 'reference.notFound' } });
      const pin = pinBytes();
      const signIn = { readerId: 'x', certificateId: 'x', pin };
      expect(await ask(4, 'session.signIn', signIn)).toMatchObject({ error: { code: 'reference.notFound' } });
      // The PIN is wiped also where nothing was asked of a card.
      expect(pin.every((byte) => byte === 0)).toBe(true);
    } finally {
      await empty.close();
    }
  });
});

test('a machine without a desk offers to make one of a copy, and says why it could not', async () => {
  const settingsFile = path.join(rig.paths.root, 'no-desk-settings.json');
  const dataFolder = path.join(rig.paths.root, 'no-desk');
  await writeFile(settingsFile, JSON.stringify({ ...rig.settings, dataFolder }));
  const services = startServicesHere(settingsFile);
  const jobEnded = Promise.withResolvers<unknown>();
  services.onEvent(({ event, payload }) => {
    if (event === 'job.progress' && payload.state !== 'running') jobEnded.resolve(payload);
  });
  try {
    const ask = (id: number, method: string, input: unknown) => services.handle({ type: 'request', id, method, input });
    expect(await ask(1, 'desk.getStatus', {})).toMatchObject({ output: { phase: 'absent' } });
    const recoveryKey = passphrase('AAAAA');
    const input = { folder: rig.paths.root, recoveryKey, passphrase: passphrase('una frase bien larga') };
    expect(await ask(2, 'desk.restore', input)).toMatchObject({ ok: true });
    expect(recoveryKey.every((byte) => byte === 0)).toBe(true);
    expect(await jobEnded.promise).toMatchObject({ state: 'failed', error: { code: 'backup.notFound' } });
    expect(input.passphrase.every((byte) => byte === 0)).toBe(true);
    expect(await ask(3, 'desk.getStatus', {})).toMatchObject({ output: { phase: 'absent' } });
  } finally {
    await services.close();
  }
});

describe('nobody signed in', () => {
  test.each(guarded)('%s is refused', async (name) => {
    expect(await rig.codeOf(name, {})).toBe('session.notSignedIn');
  });

  test('the seal and the citizen cannot sign in', async () => {
    const { candidates } = await rig.call('session.listCandidates', {});
    const usable = candidates.filter(({ refusal }) => refusal === null);
    expect(new Set(usable.map(({ kind, holderName }) => `${kind} ${holderName}`))).toEqual(
      new Set([`employee ${officerName}`, `employee ${secondOfficerName}`]),
    );
    const others = candidates.filter(({ refusal }) => refusal !== null);
    for (const { readerId, certificateId } of others)
      expect(await rig.codeOf('session.signIn', { readerId, certificateId, pin: pinBytes() })).toBe(
        'session.certificateNotAccepted',
      );
    const [first] = usable;
    const wrong = { readerId: first?.readerId, certificateId: first?.certificateId, pin: pinBytes('654321') };
    expect(await rig.codeOf('session.signIn', wrong)).toBe('card.pinIncorrect');
    expect((await rig.call('desk.getStatus', {})).session.state).toBe('signedOut');
  });
});

describe('behind a locked screen', () => {
  test('the officer locks with an attention open', async () => {
    await rig.signIn();
    await receiveCitizen(rig, 'paper');
    await rig.call('session.lock', {});
    expect((await rig.call('desk.getStatus', {})).session.state).toBe('locked');
  });

  test.each(guarded)('%s is refused', async (name) => {
    expect(await rig.codeOf(name, {})).toBe('session.locked');
  });

  test('the same card and PIN bring back where one was', async () => {
    await rig.signIn();
    const { openAttentionId } = await rig.call('desk.getStatus', {});
    const view = await rig.call('attention.get', { attentionId: openAttentionId ?? '' });
    expect(view.form.summary).toBe('Licencia para reformar el baño de su vivienda');
  });
});

describe('strange questions', () => {
  test.each(['', 'desk', 'desk.destroy', '__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'there is no method «%s»',
    async (method) => {
      expect(await rig.codeOf(method, {})).toBe('request.unknownMethod');
    },
  );

  test('a method that is no text', async () => {
    const strange: readonly unknown[] = [null, 7, {}, [], { toString: 1, valueOf: 1 }];
    for (const method of strange) expect(await rig.codeOf(method as string, {})).toBe('request.unknownMethod');
  });

  // These end the session or ask the line, and have no input to be wrong.
  const quiet = new Set<MethodName>(['session.signOut', 'session.lock', 'desk.syncNow']);
  const strangeValue = fc.oneof(
    fc.anything(),
    fc.uuid(),
    fc.string(),
    fc.integer(),
    fc.uint8Array({ minLength: 1, maxLength: 80 }),
    fc.stringMatching(/^[0-9a-f]{64}$/u),
    fc.constantFrom('../../etc/passwd', '\0', 'application', 'texto-color', 'newDocument', null),
  );

  test.each(names.filter((name) => !quiet.has(name)))('%s answers anything with a code of the list', async (name) => {
    const keys = Object.keys(methods[name].input.shape);
    const withItsKeys = fc.record(Object.fromEntries(keys.map((key) => [key, strangeValue])));
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.anything(), withItsKeys), async (input) => {
        const code = await rig.codeOf(name, input);
        expect(['ok', ...errorCodes]).toContain(code);
        expect(code).not.toBe('internal.unexpected');
      }),
      { numRuns: 25 },
    );
  });

  test('the services are as they were, and their log has no unexpected error', async () => {
    const { phase, session, openAttentionId } = await rig.call('desk.getStatus', {});
    expect([phase, session.state]).toEqual(['open', 'signedIn']);
    const view = await rig.call('attention.get', { attentionId: openAttentionId ?? '' });
    expect(view.form.summary).toBe('Licencia para reformar el baño de su vivienda');
    const log = [...(await readFolder(rig.settings.logFolder)).values()].map(String).join('');
    expect(log).not.toMatch(/dispatch\.|internal\.unexpected/u);
  });
});
