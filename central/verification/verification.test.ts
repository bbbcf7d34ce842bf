import { randomBytes } from 'node:crypto';
import AxeBuilder from '@axe-core/playwright';
import { chromium } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RegisteredRecord } from '../../core/contract/schemas/record.ts';
import { makeVerificationCode } from '../../core/documents/verification-code.ts';
import { signPdf } from '../../core/documents/signing/pades.ts';
import { completePdf } from '../../core/documents/signing/pades-completion.ts';
import { createTestAuthority } from '../../core/documents/signing/testing/authority.ts';
import type { TestAuthority } from '../../core/documents/signing/testing/authority.ts';
import { makeTinyPdf } from '../../core/documents/signing/testing/tiny-pdf.ts';
import { requestTimestamp } from '../../core/documents/signing/timestamp.ts';
import { startCentreRig } from '../testing/centre-rig.ts';
import type { CentreRig } from '../testing/centre-rig.ts';
import { recordDocumentFixture } from '../testing/record-fixture.ts';
import { referenceFixture } from '../testing/reference-fixture.ts';
import { enrolTestDesk } from '../testing/test-desk.ts';
import type { TestDesk } from '../testing/test-desk.ts';
import { createTestJournal, testFile } from '../testing/test-journal.ts';
import type { TestFile, TestJournal } from '../testing/test-journal.ts';
import { answerQuestion, createVisitor, readHidden } from '../testing/visitor.ts';
import type { Visitor } from '../testing/visitor.ts';

/* The public page with a signed document behind it: a citizen's way from the paper's code to the file. */

let authority: TestAuthority;
let rig: CentreRig;
let desk: TestDesk;
let journal: TestJournal;
let visitor: Visitor;
let application: TestFile;
let completed: TestFile;
let record: RegisteredRecord;
let pending: RegisteredRecord;

const applicationCode = makeVerificationCode('VEN');
const title = 'Solicitud <de> "vado"';

beforeAll(async () => {
  authority = createTestAuthority();
  rig = await startCentreRig(null);
  // The authority's certificates begin to be valid now.
  rig.setNow(new Date(Date.now() + 60_000).toISOString());
  await rig.centre.publishReference(referenceFixture([toPem(authority.root)]));
  desk = await enrolTestDesk(rig.centre, 'O00009999', '01', rig.now());
  journal = createTestJournal(desk.incoming, rig.now());
  visitor = createVisitor(rig.centre.url);
  const { fetchBytes } = authority;
  const timestamp = (imprint: { hash: 'sha256' | 'sha384' | 'sha512'; digest: Uint8Array }) =>
    requestTimestamp({ url: 'http://tsa.test/', fetchBytes, ...imprint });
  const signed = await signPdf(makeTinyPdf('solicitud'), {
    signer: authority.signer('officer', 'rsa-sha256'),
    signingTime: new Date(),
  });
  application = testFile(signed.pdf);
  completed = testFile(
    (
      await completePdf(signed.pdf, {
        certificates: [authority.intermediate],
        ocsps: [],
        crls: [authority.crl()],
        documentTimestamp: timestamp,
      })
    ).pdf,
  );
  record = await registerWithFiles();
  pending = journal.addRecord();
  await sendEntries();
});
afterAll(async () => {
  await rig.stop();
  authority.dispose();
});

async function registerWithFiles(): Promise<RegisteredRecord> {
  const eni = testFile();
  const document = recordDocumentFixture({
    title,
    sha256: application.sha256,
    byteLength: application.content.length,
    eniXmlSha256: eni.sha256,
    verificationCode: applicationCode,
    pageCount: 3,
  });
  const registered = journal.addRecord({ documents: [document] }, { pdf: application, eni });
  const reference = { mediaType: 'application/pdf', documentId: document.documentId, part: 'document' as const };
  journal.addEvent(
    registered,
    {
      type: 'versionAdded',
      at: registered.recordedAt,
      documentId: document.documentId,
      extendsSha256: application.sha256,
      sha256: completed.sha256,
      byteLength: completed.content.length,
      signatureLevel: 'B-LTA',
    },
    [{ ...reference, sha256: completed.sha256, byteLength: completed.content.length }],
  );
  await sendEntries();
  await upload(application);
  await upload(completed);
  return registered;
}

async function sendEntries(): Promise<void> {
  const path = `/api/v1/series/${desk.incoming.seriesId}/entries`;
  expect(await desk.post(path, { entries: journal.entries })).toMatchObject({ status: 200 });
}

async function upload({ sha256, content }: TestFile): Promise<void> {
  const answer = await desk.put(`/api/v1/blobs/${sha256}?offset=0`, content);
  expect(answer).toMatchObject({ body: { state: 'complete' } });
}

function toPem(der: Uint8Array): string {
  return `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64')}\n-----END CERTIFICATE-----\n`;
}

/** Text of a page as it is read: without marks, entities undone, one space between words. */
function readText(page: string): string {
  return page
    .replaceAll(/<[^>]+>/gu, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll(/\s+/gu, ' ');
}

describe('a person with the code on paper', () => {
  test('finds a form in Spanish that needs no script and nothing from elsewhere', async () => {
    const { status, text, headers } = await visitor.open('/verificar');
    expect(status).toBe(200);
    expect(text).toMatch(/^<!doctype html>\s*<html lang="es">/u);
    expect(text).not.toMatch(/<script|https?:\/\/|style="/u);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('set-cookie')).toBeNull();
    const style = await visitor.open('/verificar/estilo.css');
    expect(style.headers.get('content-type')).toMatch(/^text\/css/u);
  });

  test('reads what the document is, its record, and the state of its signatures', async () => {
    const { status, text } = await visitor.verify(applicationCode.toLowerCase().replaceAll('-', ' '));
    expect(status).toBe(200);
    const words = readText(text);
    expect(words).toContain(`Solicitud presentada: ${title}`);
    expect(words).toContain('Copia electrónica auténtica de un documento en papel, hecha del original');
    expect(words).toContain('Páginas 3');
    expect(words).toContain(record.recordNumber);
    expect(words).toContain('Oficina de asistencia de Valdealba (O00009999)');
    expect(words).toContain('Firma válida');
    expect(words).toContain('ANA PRUEBAS EJEMPLO, Ayuntamiento de Pruebas');
    expect(words).toContain('AC Empleados de pruebas');
    expect(words).toContain('sobre la versión 2');
    expect(words).toContain('Autoridad de sellado de pruebas');
    expect(words).toContain(application.sha256);
    expect(words).toContain(completed.sha256);
  });

  test('sees no personal data of the record: those are in the document', async () => {
    const { text } = await visitor.verify(applicationCode);
    for (const secret of ['00000000T', '99999999R', 'Begoña', 'Íñiguez', 'Calle del Olmo', 'Nerea']) {
      expect(text).not.toContain(secret);
    }
  });

  test('downloads every version, byte for byte', async () => {
    const { text } = await visitor.verify(applicationCode);
    const links = [...text.matchAll(/href="([^"]+\/version\/\d[^"]*)"/gu)].map(([, link]) => link ?? '');
    expect(links).toHaveLength(2);
    for (const [index, file] of [application, completed].entries()) {
      const response = await fetch(new URL(links[index] ?? '', rig.centre.url));
      expect(response.headers.get('content-type')).toBe('application/pdf');
      expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename="O00009999e/u);
      expect(Buffer.from(await response.arrayBuffer()).equals(file.content)).toBe(true);
    }
  });

  test('leaves behind what was seen and taken and when, and nothing of who', async () => {
    const before = (await rig.centre.listAccesses(applicationCode)) ?? [];
    const { text } = await visitor.verify(applicationCode);
    const link = /href="([^"]+\/version\/1[^"]*)"/u.exec(text)?.[1] ?? '';
    expect((await fetch(new URL(link, rig.centre.url))).status).toBe(200);
    // Who has not answered the question has seen nothing.
    await visitor.open(`/verificar/${applicationCode}`);
    const after = (await rig.centre.listAccesses(applicationCode.toLowerCase())) ?? [];
    expect(after.length - before.length).toBe(2);
    expect(new Set(after.slice(0, 2).map(({ kind }) => kind))).toEqual(new Set(['shown', 'file']));
    expect(Object.keys(after[0] ?? {}).toSorted()).toEqual(['accessedAt', 'kind']);
    expect(await rig.centre.listAccesses(makeVerificationCode('VEN'))).toBeNull();
  });

  test('types it without its prefix, or follows the QR and finds it typed already', async () => {
    expect((await visitor.verify(applicationCode.slice(4))).status).toBe(200);
    const { text } = await visitor.open(`/verificar?csv=${applicationCode}`);
    expect(text).toContain(`value="${applicationCode}"`);
    const direct = await visitor.open(`/verificar/${applicationCode}`);
    expect(direct.text).toContain(`value="${applicationCode}"`);
    expect(direct.text).not.toContain(record.recordNumber);
  });

  test('opens with the receipt’s code the list of what was presented', async () => {
    const { text } = await visitor.verify(record.receiptVerificationCode);
    const words = readText(text);
    expect(words).toContain('Justificante de registro');
    expect(words).toContain('su recibo todavía no ha llegado a este servicio');
    expect(words).toContain(applicationCode);
    const link = new RegExp(`href="(/verificar/${applicationCode}[^"]*)"`, 'u').exec(text)?.[1] ?? '';
    expect(readText((await visitor.open(link)).text)).toContain('Firma válida');
  });

  test('is told when the file has not arrived yet', async () => {
    const { text } = await visitor.verify(pending.documents[0]?.verificationCode ?? '');
    expect(readText(text)).toContain('su archivo todavía no ha llegado a este servicio');
    expect(text).not.toContain('/version/1');
  });

  test('is told which group to look at, or how many signs are missing', async () => {
    const sign = applicationCode[6] ?? '';
    const mistyped = applicationCode.slice(0, 6) + (sign === 'A' ? 'B' : 'A') + applicationCode.slice(7);
    const wrong = await visitor.verify(mistyped);
    expect(wrong.status).toBe(422);
    expect(readText(wrong.text)).toContain(`Revise el grupo 1 del código`);
    expect(readText(wrong.text)).toContain(`«${mistyped.slice(4, 8)}»`);
    const short = await visitor.verify(applicationCode.slice(0, -3));
    expect(readText(short.text)).toContain('Al código le faltan signos: ha escrito 25');
    const empty = await visitor.verify(' ');
    expect(readText(empty.text)).toContain('Escriba el código que figura al pie');
    // The question was answered: it is not asked again.
    expect(wrong.text).not.toContain('¿cuál es');
    const corrected = await visitor.submit({ codigo: applicationCode, pase: readHidden(wrong.text, 'pase') });
    expect(readText(corrected.text)).toContain('Firma válida');
  });

  test('is never told that an unknown code is false', async () => {
    const code = makeVerificationCode('VEN');
    const { status, text } = await visitor.verify(code);
    expect(status).toBe(404);
    const words = readText(text);
    expect(words).toContain('Este código todavía no se ha recibido o no existe');
    expect(words).toContain(code);
    expect(words).toContain('no significa que el documento sea falso');
  });
});

describe('the person check', () => {
  let form: string;
  beforeEach(async () => {
    form = (await visitor.open('/verificar')).text;
  });

  test('asks again after a wrong answer, and lets nothing be seen', async () => {
    const { status, text } = await visitor.submit({
      codigo: applicationCode,
      respuesta: 'nada',
      pregunta: readHidden(form, 'pregunta'),
    });
    expect(status).toBe(422);
    expect(readText(text)).toContain('Responda a la pregunta nueva');
    expect(text).toContain(`value="${applicationCode}"`);
    expect(text).not.toContain(record.recordNumber);
  });

  test('takes the answer in capitals, without accent and with a point', async () => {
    const respuesta = `${answerQuestion(form)
      .normalize('NFD')
      .replaceAll(/\p{Mn}/gu, '')
      .toUpperCase()}.`;
    const shown = await visitor.submit({ codigo: applicationCode, respuesta, pregunta: readHidden(form, 'pregunta') });
    expect(shown.status).toBe(200);
  });

  test('accepts each question once, and neither a made-up nor an old one', async () => {
    const fields = { codigo: applicationCode, respuesta: answerQuestion(form), pregunta: readHidden(form, 'pregunta') };
    expect((await visitor.submit(fields)).status).toBe(200);
    expect((await visitor.submit(fields)).status).toBe(422);
    const madeUp = `${Buffer.from(JSON.stringify({ id: 'x', expiresAt: 9e15 })).toString('base64url')}.AAAA`;
    expect((await visitor.submit({ ...fields, pregunta: madeUp })).status).toBe(422);
    expect((await visitor.submit({ codigo: applicationCode, pase: madeUp })).status).toBe(422);
    const before = rig.now();
    const next = (await visitor.open('/verificar')).text;
    rig.setNow(new Date(before.getTime() + 21 * 60_000).toISOString());
    const late = { respuesta: answerQuestion(next), pregunta: readHidden(next, 'pregunta') };
    expect((await visitor.submit({ codigo: applicationCode, ...late })).status).toBe(422);
    rig.setNow(before.toISOString());
  });

  test('guards the files, and its pass ends', async () => {
    const { url } = await visitor.verify(applicationCode);
    const bare = await visitor.open(`/verificar/${applicationCode}/version/1`);
    expect(bare.headers.get('content-type')).toMatch(/^text\/html/u);
    expect(bare.text).toContain('pregunta');
    const before = rig.now();
    rig.setNow(new Date(before.getTime() + 31 * 60_000).toISOString());
    expect((await visitor.open(url)).text).toContain('¿cuál es');
    rig.setNow(before.toISOString());
    expect((await visitor.open(url)).text).not.toContain('¿cuál es');
  });
});

test('the pages have no violation that axe can find, light or dark, at 400 % of a screen of 1280', async () => {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  try {
    const context = await browser.newContext({ viewport: { width: 320, height: 640 }, locale: 'es-ES' });
    const page = await context.newPage();
    const check = async (name: string) => {
      for (const colorScheme of ['dark', 'light'] as const) await checkIn(name, colorScheme);
    };
    const checkIn = async (page_: string, colorScheme: 'dark' | 'light') => {
      const name = `${page_}, ${colorScheme}`;
      await page.emulateMedia({ colorScheme });
      const { violations } = await new AxeBuilder({ page })
        .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
        .analyze();
      const found = violations.map(({ id, nodes }) => `${name} ${id} ${nodes[0]?.html ?? ''}`);
      expect(found).toEqual([]);
      const excess = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
      expect([name, excess]).toEqual([name, 0]);
    };
    await page.goto(`${rig.centre.url}/verificar`);
    await check('form');
    await page.getByLabel('Código seguro').fill('VEN-2222');
    await page.getByLabel('De estas tres palabras').fill('nada');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    await check('form with errors');
    await page.getByLabel('Código seguro').fill(applicationCode);
    await page.getByLabel('De estas tres palabras').fill(answerQuestion(await page.content()));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Firmas' }).waitFor();
    await check('document');
    await page.getByRole('link', { name: 'Verificar otro código' }).click();
    await page.getByLabel('Código seguro').fill(makeVerificationCode('VEN'));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'todavía no se ha recibido' }).waitFor();
    await check('unknown');
  } finally {
    await browser.close();
  }
});

test('a signature without proof of validity yet is told to be whole, and what it lacks', async () => {
  const signed = await signPdf(makeTinyPdf('aportado'), {
    signer: authority.signer('officer', 'rsa-sha256'),
    signingTime: new Date(),
  });
  const [pdf, eni] = [testFile(signed.pdf), testFile()];
  const young = journal.addRecord({}, { pdf, eni });
  await sendEntries();
  await upload(pdf);
  const words = readText((await visitor.verify(young.documents[0]?.verificationCode ?? '')).text);
  expect(words).toContain('El documento no ha cambiado desde que se firmó. Falta añadirle la prueba');
  expect(words).toContain('todavía sin sello de tiempo (PAdES B-B)');
});

test('a document that is not a PDF, or was changed after its signature, is told as such', async () => {
  const changed = Buffer.from(application.content);
  const place = changed.indexOf('(solicitud)');
  changed.write('(solicitad)', place, 'latin1');
  for (const [content, verdict, sentence] of [
    [changed, 'La firma no es válida', 'El contenido no es el que se firmó'],
    [randomBytes(5_000), 'ninguna firma que se pueda comprobar', 'no se pueden leer'],
  ] as const) {
    const [pdf, eni] = [testFile(content), testFile()];
    const broken = journal.addRecord({}, { pdf, eni });
    await sendEntries();
    await upload(pdf);
    const { status, text } = await visitor.verify(broken.documents[0]?.verificationCode ?? '');
    expect(status).toBe(200);
    expect(readText(text)).toContain(verdict);
    expect(readText(text)).toContain(sentence);
  }
});

test('an address below the page at which nothing is, is answered in words', async () => {
  const { status, text, headers } = await visitor.open(`/verificar/${applicationCode}/nada/mas`);
  expect([status, headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
  expect(readText(text)).toContain('La dirección no existe');
  expect(headers.get('content-security-policy')).toContain("default-src 'none'");
});

test('what a withdrawn desk sent, or breaks a rule, is shown as what nobody vouches for yet', async () => {
  const stolen = await enrolTestDesk(rig.centre, 'O00009999', '02', rig.now());
  const other = createTestJournal(stolen.incoming, rig.now());
  const sendOther = async () => {
    const path = `/api/v1/series/${stolen.incoming.seriesId}/entries`;
    expect(await stolen.post(path, { entries: other.entries })).toMatchObject({ status: 200 });
  };
  const show = async ({ documents }: RegisteredRecord) =>
    readText((await visitor.verify(documents[0]?.verificationCode ?? '')).text);
  const before = other.addRecord();
  const misnumbered = other.addRecord({ recordNumber: 'O00009999e2602A09999' });
  await sendOther();
  expect(await show(before)).not.toContain('cuarentena');
  expect(await show(misnumbered)).toContain('no cumple alguna de las comprobaciones del registro central');
  expect(await rig.centre.revokeDesk('O00009999', '02', { by: 'A. Gil', reason: 'robado' })).toBe(1);
  const after = other.addRecord();
  other.addEvent(before, { type: 'annulled', at: before.recordedAt, supervisorId: 'F-1', reason: 'Repetido' });
  await sendOther();
  const words = await show(after);
  expect(words).toContain('Asiento en cuarentena');
  expect(words).toContain('ya se había dado de baja');
  expect(words).toContain('no prueba todavía que sea auténtico');
  expect(words).not.toContain('robado');
  // What it did to a record of before.
  expect(await show(before)).toContain('Asiento en cuarentena');
});

test('whoever runs the centre sees its health, figures and interface, and no code in any of them', async () => {
  expect(await (await fetch(`${rig.centre.url}/health`)).json()).toEqual({ state: 'running' });
  expect(await (await fetch(`${rig.centre.url}/ready`)).json()).toEqual({ state: 'ready', isDurable: false });
  const { text } = await visitor.open('/metrics');
  expect(text).toMatch(/^ventanilla_verifications_total\{result="found"\} \d+$/mu);
  expect(text).toMatch(
    /^ventanilla_http_requests_total\{route="\/verificar\/:code",method="GET",status="200"\} \d+$/mu,
  );
  expect(text).not.toContain('VEN');
  const api = await (await fetch(`${rig.centre.url}/openapi.json`)).json();
  expect(api).toMatchObject({
    openapi: '3.1.0',
    paths: { '/api/v1/series/{seriesId}/entries': { post: { responses: { 409: {} } } } },
    components: { schemas: { EntriesRequest: { type: 'object' } } },
  });
});

test('a program that asks and asks is stopped, in words', async () => {
  const answers = await Promise.all(Array.from({ length: 80 }, () => visitor.submit({ codigo: applicationCode })));
  const stopped = answers.filter(({ status }) => status === 429);
  expect(stopped.length).toBeGreaterThan(0);
  expect(readText(stopped[0]?.text ?? '')).toContain('Demasiadas consultas seguidas');
});
