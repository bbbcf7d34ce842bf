import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RegisteredRecord } from '../../core/contract/schemas/record.ts';
import { buildSicresControl } from '../../core/documents/sicres-control.ts';
import { readSicres } from '../../core/documents/sicres-read.ts';
import { buildSicresMessage } from '../../core/documents/sicres.ts';
import { loadXmlSchemas } from '../../core/documents/xml-schemas.ts';
import type { XmlSchemas } from '../../core/documents/xml-schemas.ts';
import { createCentre } from '../centre.ts';
import type { Centre } from '../centre.ts';
import { findPostgres, startPostgres } from '../testing/postgresql.ts';
import type { PostgresCluster } from '../testing/postgresql.ts';
import { enrolTestDesk } from '../testing/test-desk.ts';
import type { TestDesk } from '../testing/test-desk.ts';
import { createTestJournal, testFile } from '../testing/test-journal.ts';
import type { TestFile, TestJournal } from '../testing/test-journal.ts';

/*
 * Two registries that exchange through their folders, as SIR would carry the files: one on PostgreSQL where that is
 * installed, the other on the embedded database.
 */

const ours = 'O00009999';
const theirs = 'O00008888';

type Side = Readonly<{ centre: Centre; folder: string; data: string; token: string }>;

let cluster: PostgresCluster | null = null;
let databaseUrl: string | null = null;
let schemas: XmlSchemas;
let here: Side;
let there: Side;
let desk: TestDesk;
let journal: TestJournal;
let count = 0;

async function open(officeCode: string, databaseUrl: string | null): Promise<Side> {
  const folder = mkdtempSync(join(tmpdir(), 'ventanilla-exchange-'));
  const data = mkdtempSync(join(tmpdir(), 'ventanilla-centre-'));
  const centre = await createCentre({
    dataFolder: data,
    exchangeFolder: folder,
    ...(databaseUrl === null ? {} : { databaseUrl }),
  });
  return { centre, folder, data, token: await centre.issueFeedToken(officeCode, 'gestor') };
}

beforeAll(async () => {
  const binaries = findPostgres();
  if (binaries !== null) cluster = await startPostgres(binaries);
  schemas = loadXmlSchemas();
  databaseUrl = (await cluster?.createDatabase()) ?? null;
  here = await open(ours, databaseUrl);
  there = await open(theirs, null);
  desk = await enrolTestDesk(here.centre, ours, '01', new Date());
  await enrolTestDesk(there.centre, theirs, '01', new Date());
  journal = createTestJournal(desk.incoming, new Date());
});
afterAll(async () => {
  schemas.dispose();
  for (const side of [here, there]) {
    await side.centre.close();
    rmSync(side.folder, { recursive: true });
    rmSync(side.data, { recursive: true });
  }
  await cluster?.stop();
});
beforeEach(() => {
  count += 1;
});

const list = (side: Side, folder: string) => readdirSync(join(side.folder, folder)).toSorted();

/** What one side wrote arrives at the other, annexes first. */
function carry(from: Side, to: Side): readonly string[] {
  const names = list(from, 'out').toSorted((a, b) => Number(a.includes('_00_')) - Number(b.includes('_00_')));
  for (const name of names) renameSync(join(from.folder, 'out', name), join(to.folder, 'in', name));
  return names;
}

async function ask(side: Side, path: string, body: unknown = null, token = side.token) {
  const response = await fetch(`${side.centre.url}/feed/v1/exchanges${path}`, {
    headers: { authorization: `Bearer ${token}`, ...(body === null ? {} : { 'content-type': 'application/json' }) },
    ...(body === null ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function stateOf(side: Side, exchangeId: string): Promise<unknown> {
  const { body } = await ask(side, '');
  const exchanges = body['exchanges'] as readonly Record<string, unknown>[];
  return exchanges.find((exchange) => exchange['exchangeId'] === exchangeId);
}

const pdf = testFile(Buffer.from('%PDF la solicitud'));
const receipt = testFile(Buffer.from('%PDF el justificante'));

function writeMessage(
  exchangeId: string,
  change: Readonly<{ digest?: string; destination?: string; label?: string }> = {},
): string {
  const person = {
    personType: 'natural' as const,
    identifierType: 'nif' as const,
    identifier: '00000000T',
    givenName: 'Begoña',
    surname1: 'Íñiguez',
    surname2: '',
    businessName: '',
    contact: {
      country: '724',
      province: '50',
      municipality: '297',
      address: 'Calle del Olmo 3',
      postalCode: '50001',
      email: '',
      mobilePhone: '',
    },
  };
  const attach = (file: TestFile, fileName: string, kind: 'document' | 'receipt') => ({
    fileName,
    kind,
    mediaType: 'application/pdf',
    byteLength: file.content.length,
    sha256: file.sha256,
  });
  const outcome = buildSicresMessage({
    originOffice: { code: ours },
    destinationOffice: { code: change.destination ?? ours },
    destinationUnit: { code: 'L01502973' },
    parties: [{ interested: { person } }],
    mode: 'inPerson',
    direction: 'incoming',
    recordNumber: 'O00009999e2601A00001',
    summary: 'Solicitud de vado',
    recordedAt: '2026-11-20T10:43:00+01:00',
    presentedAt: '2026-11-20T10:43:00+01:00',
    attachments: [attach(pdf, 'solicitud.pdf', 'document'), attach(receipt, 'receipt.pdf', 'receipt')],
    exchangeId,
    annotation: 'pending',
    accompanyingPaper: 'none',
    isTest: true,
    startOffice: { code: ours },
  });
  if (outcome.kind !== 'built') throw new Error(JSON.stringify(outcome.problems));
  const right = Buffer.from(pdf.sha256, 'hex').toString('base64');
  return outcome.xml
    .replaceAll(`<Valor>${right}</Valor>`, `<Valor>${change.digest ?? right}</Valor>`)
    .replaceAll('<Valor>SHA256</Valor>', `<Valor>${change.label ?? 'SHA256'}</Valor>`);
}

const newId = () => `${ours}_26_${String(10_000_000 + count * 100 + Math.floor(Math.random() * 100)).padStart(8, '0')}`;

async function registerRecord(exchangeId: string, doesUpload = true): Promise<RegisteredRecord> {
  const sent = journal.entries.length;
  const eni = testFile();
  const record = journal.addRecord({ exchangeId }, { pdf, eni });
  const sicres = testFile(Buffer.from(writeMessage(exchangeId)));
  const reference = (file: TestFile, part: 'document' | 'eni' | 'sicres') => ({
    sha256: file.sha256,
    byteLength: file.content.length,
    mediaType: 'application/octet-stream',
    documentId: 'receipt' as const,
    part,
  });
  const event = {
    type: 'receipted' as const,
    at: record.recordedAt,
    sha256: receipt.sha256,
    byteLength: receipt.content.length,
    pageCount: 1,
    eniXmlSha256: eni.sha256,
    sicresXmlSha256: sicres.sha256,
    sealedBy: 'organSeal' as const,
    signatureLevel: 'B-T' as const,
  };
  journal.addEvent(record, event, [reference(receipt, 'document'), reference(eni, 'eni'), reference(sicres, 'sicres')]);
  const path = `/api/v1/series/${desk.incoming.seriesId}/entries`;
  expect(await desk.post(path, { entries: journal.entries.slice(sent) })).toMatchObject({ status: 200 });
  if (doesUpload)
    for (const file of [pdf, receipt, sicres]) await desk.put(`/api/v1/blobs/${file.sha256}?offset=0`, file.content);
  return record;
}

const destination = {
  officeCode: theirs,
  officeName: 'Registro de Peñaescrita & otros',
  unitCode: null,
  unitName: null,
};

async function dispatch(): Promise<string> {
  const exchangeId = newId();
  const { recordId } = await registerRecord(exchangeId);
  expect(await ask(here, '', { recordId, destination })).toMatchObject({
    status: 201,
    body: { exchangeId, state: 'sent' },
  });
  await here.centre.runExchangePass();
  return exchangeId;
}

async function pass(from: Side, to: Side): Promise<readonly string[]> {
  const names = carry(from, to);
  await to.centre.runExchangePass();
  return names;
}

describe('a record that is sent elsewhere', () => {
  test('is acknowledged, confirmed and that acknowledged; whatever is repeated is answered again', async () => {
    const exchangeId = await dispatch();
    const [first, second, message = ''] = list(here, 'out').toSorted(
      (a, b) => Number(a.includes('_00_')) - Number(b.includes('_00_')),
    );
    expect([first, second, message]).toEqual([
      `${exchangeId}_01_0001.pdf`,
      `${exchangeId}_01_0002.pdf`,
      `${exchangeId}_00_0001.xml`,
    ]);
    expect(readFileSync(join(here.folder, 'out', first ?? '')).equals(pdf.content)).toBe(true);
    const xml = readFileSync(join(here.folder, 'out', message));
    expect(readSicres(xml, schemas)).toMatchObject({ kind: 'data', destinationCode: theirs, originCode: ours });
    expect(xml.toString()).toContain('<Tipo_Anotacion>02</Tipo_Anotacion>');
    expect(xml.toString()).toContain('Registro de Peñaescrita &amp; otros');
    const copy = mkdtempSync(join(tmpdir(), 'ventanilla-copy-'));
    cpSync(join(here.folder, 'out'), copy, { recursive: true });

    await pass(here, there);
    expect(await stateOf(there, exchangeId)).toMatchObject({ side: 'in', state: 'received', otherOfficeCode: ours });
    expect(list(there, `received/${exchangeId}`)).toEqual([message, first, second]);
    const [acknowledgement] = await pass(there, here);
    expect(acknowledgement).toMatch(/^O00008888_\d\d_\d{8}\.xml$/u);
    expect(await stateOf(here, exchangeId)).toMatchObject({ state: 'acknowledged' });

    // The acknowledgement was lost: all of it comes again.
    cpSync(copy, join(there.folder, 'in'), { recursive: true });
    rmSync(copy, { recursive: true });
    await there.centre.runExchangePass();
    expect(await pass(there, here)).toHaveLength(1);
    expect(await stateOf(here, exchangeId)).toMatchObject({ state: 'acknowledged' });

    const entry = { recordNumber: '2026-E-RC-77', recordedAt: '2026-11-21T09:00:00+01:00' };
    expect(await ask(there, `/${exchangeId}/confirmation`, entry)).toMatchObject({
      status: 200,
      body: { state: 'confirmed' },
    });
    expect(await ask(there, `/${exchangeId}/confirmation`, entry)).toMatchObject({
      status: 409,
      body: { code: 'exchange.state' },
    });
    await there.centre.runExchangePass();
    const [confirmation = ''] = list(there, 'out');
    const confirmed = readFileSync(join(there.folder, 'out', confirmation));
    await pass(there, here);
    expect(await stateOf(here, exchangeId)).toMatchObject({
      state: 'confirmed',
      destinationNumber: entry.recordNumber,
      destinationAt: '20261121090000+0100',
    });
    writeFileSync(join(here.folder, 'in', confirmation), confirmed);
    await here.centre.runExchangePass();
    expect(await pass(here, there)).toHaveLength(2);
    expect(await stateOf(there, exchangeId)).toMatchObject({ state: 'closed' });
    for (const side of [here, there]) expect([list(side, 'in'), list(side, 'quarantine')]).toEqual([[], []]);
  });

  test('comes back rejected, and nothing of it is kept there', async () => {
    const exchangeId = await dispatch();
    await pass(here, there);
    expect(existsSync(join(there.folder, 'received', exchangeId))).toBe(true);
    const rejected = await ask(there, `/${exchangeId}/rejection`, { reason: 'No es competencia de este órgano' });
    expect(rejected).toMatchObject({ status: 200, body: { state: 'rejected' } });
    expect(existsSync(join(there.folder, 'received', exchangeId))).toBe(false);
    await there.centre.runExchangePass();
    await pass(there, here);
    expect(await stateOf(here, exchangeId)).toMatchObject({ state: 'rejected' });
    await pass(here, there);
    expect(await stateOf(there, exchangeId)).toMatchObject({ state: 'closed' });
  });

  test('goes once, whole, and only for its own office', async () => {
    const exchangeId = newId();
    const { recordId } = await registerRecord(exchangeId, false);
    const order = { recordId, destination };
    expect(await ask(here, '', order)).toMatchObject({ status: 409, body: { code: 'exchange.filesMissing' } });
    const foreign = await here.centre.issueFeedToken('O00007777', 'otro');
    expect(await ask(here, '', order, foreign)).toMatchObject({ status: 404, body: { code: 'exchange.notFound' } });
    expect((await ask(here, '', null, foreign)).body).toEqual({ exchanges: [] });
    expect((await ask(here, '', order, 'x')).status).toBe(401);
    const sicres = writeMessage(exchangeId);
    await desk.put(`/api/v1/blobs/${createHash('sha256').update(sicres).digest('hex')}?offset=0`, Buffer.from(sicres));
    expect((await ask(here, '', order)).status).toBe(201);
    expect(await ask(here, '', order)).toMatchObject({ status: 409, body: { code: 'exchange.state' } });
    await here.centre.runExchangePass();
    await pass(here, there);
    const otherThere = await there.centre.issueFeedToken('O00007777', 'otro');
    const decision = await ask(there, `/${exchangeId}/rejection`, { reason: 'x' }, otherThere);
    expect(decision).toMatchObject({ status: 404, body: { code: 'exchange.notFound' } });
    await pass(there, here);
  });
});

describe('what comes in', () => {
  const put = (name: string, content: string | Uint8Array) => writeFileSync(join(there.folder, 'in', name), content);

  test('is taken with its digests in any encoding that is seen', async () => {
    const raw = createHash('sha256').update(pdf.content).digest();
    const sha512 = createHash('sha512').update(pdf.content).digest();
    const encodings = [
      raw.toString('base64'),
      Buffer.from(raw.toString('hex')).toString('base64'),
      Buffer.from(raw.toString('base64')).toString('base64'),
      raw.toString('hex'),
      // Called SHA256, as in a sample of others.
      Buffer.from(sha512.toString('hex')).toString('base64'),
    ];
    for (const [index, digest] of encodings.entries()) {
      const exchangeId = `${ours}_26_2000000${index}`;
      put(`${exchangeId}_01_0001.pdf`, pdf.content);
      put(`${exchangeId}_01_0002.pdf`, receipt.content);
      put(`${exchangeId}_00_0001.xml`, writeMessage(exchangeId, { digest, destination: theirs }));
      await there.centre.runExchangePass();
      expect([digest, await stateOf(there, exchangeId)]).toEqual([
        digest,
        expect.objectContaining({ state: 'received' }),
      ]);
    }
    carry(there, here);
    // Nobody here sent those: a person has to look at each acknowledgement.
    await here.centre.runExchangePass();
    expect(list(here, 'quarantine')).toHaveLength(encodings.length);
    expect(list(here, 'in')).toEqual([]);
  });

  test('and cannot be taken waits in quarantine with the reason, and disturbs nothing else', async () => {
    rmSync(join(there.folder, 'quarantine'), { recursive: true });
    await there.centre.runExchangePass();
    const id = (number: number) => `${ours}_26_3000000${number}`;
    const control = (exchangeId: string, change: object = {}) =>
      buildSicresControl({
        type: 'acknowledgement',
        originCode: ours,
        destinationCode: theirs,
        exchangeId,
        description: null,
        recordNumber: null,
        recordedAt: null,
        errorCode: null,
        isTest: true,
        ...change,
      });
    const bomb = `<!DOCTYPE x [${Array.from({ length: 12 }, (_item, index) => `<!ENTITY e${index} "${index === 0 ? 'a' : `&e${index - 1};`.repeat(10)}">`).join('')}]><De_Control>&e11;</De_Control>`;
    const padded = `<!--${'x'.repeat(200_000)}-->${bomb}`;
    const cases: readonly (readonly [string, string | Uint8Array, string])[] = [
      ['a.xml', 'esto no es XML', 'no es XML bien formado'],
      ['b.xml', bomb, 'declara un tipo de documento'],
      ['c.xml', padded, 'declara un tipo de documento'],
      ['d.xml', Buffer.from(`\u{feff}${bomb}`, 'utf16le'), 'declara un tipo de documento'],
      ['e.xml', '<otro/>', 'no es un mensaje de datos ni de control'],
      ['f.xml', '<De_Control><Tipo_Mensaje>01</Tipo_Mensaje></De_Control>', 'no cumple el esquema oficial'],
      ['g.xml', control(id(1)), 'No hay ningún intercambio'],
      ['h.xml', control(id(1), { type: 'confirmation', recordNumber: '1' }), 'no trae el número y la fecha'],
      ['i.xml', writeMessage(id(2), { destination: 'O00001111' }), 'no es de este registro'],
      ['j.xml', writeMessage(id(3), { destination: theirs }), 'Falta el anexo'],
      [
        'k.xml',
        writeMessage(id(5), { destination: theirs }).replaceAll(id(5), '../../../etc/passwd'),
        'no tiene la forma',
      ],
    ];
    for (const [name, content] of cases) put(name, content);
    put(`${id(4)}_01_0001.pdf`, 'otro contenido');
    put(`${id(4)}_01_0002.pdf`, receipt.content);
    put('l.xml', writeMessage(id(4), { destination: theirs }));
    put('z.tmp', 'todavía no');
    put('.oculto.xml', 'todavía no');
    await there.centre.runExchangePass();
    expect(list(there, 'in')).toEqual(['.oculto.xml', 'z.tmp']);
    expect(list(there, 'out')).toEqual([]);
    const folders = list(there, 'quarantine');
    expect(folders).toHaveLength(cases.length + 1);
    for (const [name, , sentence] of [...cases, ['l.xml', '', 'no es el de su huella'] as const]) {
      const folder = join(there.folder, 'quarantine', folders.find((each) => each.startsWith(`${name}-`)) ?? '');
      expect([name, readFileSync(join(folder, 'motivo.txt'), 'utf8')]).toEqual([
        name,
        expect.stringContaining(sentence),
      ]);
      expect(existsSync(join(folder, name))).toBe(true);
    }
    const wrong = folders.find((each) => each.startsWith('l.xml-')) ?? '';
    expect(list(there, `quarantine/${wrong}`)).toContain(`${id(4)}_01_0001.pdf`);
    for (const name of ['.oculto.xml', 'z.tmp']) rmSync(join(there.folder, 'in', name));
  });

  test('is dealt with once, whichever of two instances looks first', async () => {
    if (databaseUrl === null) return expect(findPostgres()).toBeNull();
    const second = await createCentre({ dataFolder: here.data, exchangeFolder: here.folder, databaseUrl });
    rmSync(join(here.folder, 'quarantine'), { recursive: true });
    const names = Array.from({ length: 30 }, (_item, index) => `${index}-igual.xml`);
    for (const name of names) writeFileSync(join(here.folder, 'in', name), 'esto no es XML');
    while (list(here, 'in').length > 0) {
      await Promise.all([here.centre, second, here.centre, second].map((centre) => centre.runExchangePass()));
    }
    await second.close();
    const folders = list(here, 'quarantine');
    expect(folders.map((folder) => folder.slice(0, -9))).toEqual(names.toSorted());
    for (const folder of folders)
      expect(list(here, `quarantine/${folder}`)).toEqual([folder.slice(0, -9), 'motivo.txt']);
  });
});
