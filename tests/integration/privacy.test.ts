import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { demonstrationPassphrase, demonstrationPin } from '../../demo/credentials.ts';
import { bring, stage } from './brought-files.ts';
import {
  citizenPerson,
  deliver,
  gatherPapers,
  prepare,
  receiveCitizen,
  serveCitizen,
  signAndRegister,
} from './counter.ts';
import { openDeskRig, pinBytes, readFolder } from './desk-rig.ts';
import type { DeskRig } from './desk-rig.ts';

/*
 * What the services leave on disk, read as anybody would who takes the disk out: nothing of what a citizen said or an
 * officer typed. They run in a process of their own, with a folder of their own for temporary files.
 */

let rig: DeskRig;
let temporary = '';
/** Another disk, for copies of the desk. */
let copies = '';

const words = {
  summary: 'Subvencionamiento extraordinario',
  statement: 'Que tiene una enfermedad parenquimatosa.',
  petition: 'Que se le exoneretotalmente de la tasa.',
  note: 'Cicatrizfrontal visible',
  reason: 'Motivoabandonado',
} as const;

/** Each is rare enough not to stand by chance in encrypted bytes: seven letters or more; the PIN has its own test. */
const personal: readonly string[] = [
  citizenPerson.identifier,
  citizenPerson.surname1,
  'MARTÍNEZ SOLER',
  'Martínez Soler',
  citizenPerson.contact.address,
  citizenPerson.contact.email,
  citizenPerson.contact.mobilePhone,
  'Subvencionamiento',
  'parenquimatosa',
  'exoneretotalmente',
  'Cicatrizfrontal',
  'Motivoabandonado',
  'Documentoprivadísimo',
  'Archivoconfidencial',
  'Contenidoreservado',
  demonstrationPassphrase,
];

beforeAll(async () => {
  temporary = await mkdtemp(path.join(tmpdir(), 'ventanilla-privacy-'));
  copies = path.join(temporary, '..', `${path.basename(temporary)}-copies`);
  await mkdir(copies);
  rig = await openDeskRig({ isProcess: true, environment: { TMPDIR: temporary } });
});
afterAll(async () => {
  await rig.close();
  await rm(copies, { recursive: true, force: true });
  await rm(temporary, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
});

/** The text as it may lie in a file: UTF-8, UTF-16 of both orders, and base64 at its three offsets. */
function encodingsOf(text: string): readonly Buffer[] {
  const utf8 = Buffer.from(text);
  const utf16 = Buffer.from(text, 'utf16le');
  const inBase64 = [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), utf8])
      .toString('base64')
      .replaceAll('=', '');
    // The first and last signs depend on the neighbours.
    return Buffer.from(encoded.slice(offset === 0 ? 0 : offset + 1, -2));
  });
  return [utf8, utf16, Buffer.from(utf16).swap16(), ...inBase64];
}

function findAll(files: ReadonlyMap<string, Buffer>, texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => {
    const encodings = encodingsOf(text);
    return [...files].flatMap(([name, content]) =>
      encodings.some((encoding) => content.includes(encoding)) ? [`${text} in ${name}`] : [],
    );
  });
}

test('the search finds what it looks for, however it is written', () => {
  for (const encoding of [
    Buffer.from('xx parenquimatosa'),
    Buffer.from('parenquimatosa', 'utf16le'),
    Buffer.from(Buffer.from('a parenquimatosa b').toString('base64')),
    Buffer.from(Buffer.from('ab parenquimatosa b').toString('base64')),
    Buffer.from(Buffer.from('abc parenquimatosa b').toString('base64')),
  ])
    expect(findAll(new Map([['file', encoding]]), ['parenquimatosa'])).toEqual(['parenquimatosa in file']);
});

test('a day at the counter leaves nothing personal in clear', async () => {
  await rig.openDesk();
  expect(await rig.codeOf('desk.open', { passphrase: new TextEncoder().encode(demonstrationPassphrase) })).toBe(
    'desk.alreadyOpen',
  );
  await rig.signIn();
  const form = {
    summary: words.summary,
    statement: words.statement,
    petition: words.petition,
    identityCheck: { document: 'dni', method: 'photographCompared', note: words.note },
  } as const;
  // A wrong PIN, a refused form, a jam, an attention abandoned: errors are what logs are written of.
  const view = await receiveCitizen(rig, 'officer', form);
  await rig.codeOf('attention.updateForm', { attentionId: view.attentionId, version: 1, form: view.form });
  await rig.codeOf('attention.updateForm', {
    attentionId: view.attentionId,
    form: { ...view.form, route: words.petition },
  });
  await rig.codeOf('desk.unlockSeal', { pin: pinBytes('999999') });
  await rig.office.feed.simulate('jam', 1);
  await gatherPapers(rig, view).catch(() => undefined);
  await rig.office.feed.simulate('none');
  await rig.office.feed.emptyFeeder();
  const annex = (await rig.call('attention.get', { attentionId: view.attentionId })).documents.find(
    ({ role }) => role === 'annex',
  );
  await rig.call('documents.update', {
    documentId: annex?.documentId ?? '',
    title: 'Documentoprivadísimo',
    documentType: 'TD99',
    nature: 'original',
    role: 'annex',
  });
  await rig.call('attention.abandon', { attentionId: view.attentionId, reason: words.reason });
  await rig.unlockSeal();
  await bringFiles();
  await serveCitizen(rig, 'officer', form);
  const query = { text: 'parenquim', fromDate: null, toDate: null, cursor: null, limit: 10 };
  await rig.call('records.search', query);
  const { records } = await rig.call('records.search', { ...query, text: 'subvencionam' });
  expect(records.length).toBe(1);
  await rig.call('desk.syncNow', {});
  await rig.finishJob(rig.call('desk.backUp', { folder: copies }));
  const { backup } = await rig.call('desk.getStatus', {});
  expect(backup).toMatchObject({ folder: copies, isOverdue: false, problem: null });
  expect(backup.lastAt).not.toBeNull();
  expect(findAll(await readFolder(copies), personal)).toEqual([]);

  // With the store open, after a kill that leaves its journal behind, and after a good end.
  const open = await receiveCitizen(rig, 'paper', form);
  await gatherPapers(rig, open);
  await prepare(rig, open);
  await expectNothing();
  await rig.kill();
  await expectNothing();
  await rig.revive();
  await rig.openDesk();
  await rig.signIn();
  await signAndRegister(rig, open);
  await deliver(rig, open);
  await rig.restart();
  await expectNothing();
});

/** Files of the citizen: chosen and left, refused, brought and abandoned. */
async function bringFiles(): Promise<void> {
  const view = await receiveCitizen(rig, 'paper', { summary: words.summary });
  const text = (ending: string): Buffer => Buffer.from(`Contenidoreservado ${ending}\n`);
  const refused = await stage(rig, 'Archivoconfidencial.bat', text('de un guion'));
  const { attentionId } = view;
  await rig.call('refusals.create', { attentionId, digest: refused.digest, signatureDigest: null });
  await stage(rig, 'Archivoconfidencial a medias.txt', text('que no se usa'));
  await bring(rig, view, 'annex', 'Archivoconfidencial.txt', text('del anexo'));
  await expectNothing();
  await rig.call('attention.abandon', { attentionId, reason: words.reason });
}

/** Exceptions, by what they are: exports, scanner's input, printed tray, the centre's own data. None is looked at here. */
async function expectNothing(): Promise<void> {
  const places = { desk: rig.settings.dataFolder, log: rig.settings.logFolder, temporary };
  for (const [place, folder] of Object.entries(places)) {
    const files = await readFolder(folder);
    if (place !== 'temporary') expect(files.size, place).toBeGreaterThan(0);
    expect(findAll(files, personal), place).toEqual([]);
  }
}

test('the PIN is in no log', async () => {
  const files = await readFolder(rig.settings.logFolder);
  const log = [...files.values()].map(String).join('');
  expect(log.length).toBeGreaterThan(0);
  expect(log).not.toContain(demonstrationPin);
  expect(log).not.toContain('999999');
  expect(log).not.toContain(Buffer.from(demonstrationPin).toString('base64'));
  expect(log).not.toContain([...pinBytes()].join(','));
});

test('what the desk writes is for its owner alone', async () => {
  const open: string[] = [];
  for (const folder of [rig.settings.dataFolder, rig.settings.logFolder]) {
    expect((await stat(folder)).mode & 0o077, folder).toBe(0);
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const { mode, size } = await stat(path.join(entry.parentPath, entry.name));
      if ((mode & 0o077) !== 0 && size > 0) open.push(entry.name);
    }
  }
  expect(open).toEqual([]);
});
