import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Manifest } from '../../core/contract/methods.ts';
import type { RecordView } from '../../core/contract/schemas/record.ts';
import { checkPdfA } from '../../core/documents/pdf/pdfa-checker.ts';
import { attachedFiles, plainText } from '../../core/documents/testing/pdf-tools.ts';
import { bring, makeCitizenFiles, stage, verify } from './brought-files.ts';
import type { CitizenFiles } from './brought-files.ts';
import { prepare, receiveCitizen, signAndRegister } from './counter.ts';
import { openDeskRig, readFolder } from './desk-rig.ts';
import type { DeskRig } from './desk-rig.ts';
import { element, readPdfsig, readXml, schemaComplaints } from './outside-validators.ts';
import { typeCode } from './public-page.ts';

/* What citizens bring on a medium (ordinance arts. 52, 53, 70, 71), with a line. */

let rig: DeskRig;
let files: CitizenFiles;

beforeAll(async () => {
  rig = await openDeskRig();
  await rig.openDesk();
  await rig.signIn();
  await rig.unlockSeal();
  files = await makeCitizenFiles(rig);
});
afterAll(() => rig.close());

const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

async function abandonOpen(): Promise<void> {
  const { openAttentionId } = await rig.call('desk.getStatus', {});
  if (openAttentionId !== null)
    await rig.call('attention.abandon', { attentionId: openAttentionId, reason: 'Fin de la prueba' });
}

describe('verification of what is not part of anything yet', () => {
  test.each([
    ['good', { verdict: 'passed', subIndication: null }],
    ['tampered', { verdict: 'failed', subIndication: 'HASH_FAILURE' }],
    ['unsigned', { verdict: 'no-signature', signatures: [] }],
    ['revoked', { verdict: 'indeterminate', subIndication: 'REVOKED_NO_POE' }],
    ['expired', { verdict: 'indeterminate', subIndication: 'OUT_OF_BOUNDS_NO_POE' }],
    ['encrypted', { verdict: 'no-signature', reasons: ['encrypted'] }],
    ['attachedCms', { verdict: 'passed', format: 'cms' }],
    ['detachedCms', { verdict: 'indeterminate', reasons: expect.arrayContaining(['signedDataMissing']) }],
  ] as const)('%s', async (kind, expected) => {
    expect(await verify(rig, 'archivo', files[kind])).toMatchObject({ ...expected, wasOnline: true });
  });

  test('tells the signer and keeps what the authority answered', async () => {
    const { signatures, revocationAnswers } = await verify(rig, 'solicitud.pdf', files.good);
    expect(signatures[0]).toMatchObject({
      signer: { name: 'JOSÉ MARTÍNEZ SOLER', identifier: '12345678Z' },
      coversWholeFile: true,
      revocation: { status: 'good', source: 'ocsp' },
    });
    expect(revocationAnswers.map(({ kind }) => kind)).toContain('ocsp');
  });

  test('a detached signature passes over its own data and fails over other', async () => {
    const signatureDigest = (await stage(rig, 'factura.p7s', files.detachedCms)).digest;
    const own = await stage(rig, 'factura.xml', files.detachedContent);
    const other = await stage(rig, 'otra.xml', Buffer.from('<factura><importe>900</importe></factura>\n'));
    const over = (digest: string) => rig.call('verification.verifyStaged', { digest, signatureDigest });
    expect(await over(own.digest)).toMatchObject({ verdict: 'passed' });
    expect(await over(other.digest)).toMatchObject({ verdict: 'failed', subIndication: 'HASH_FAILURE' });
  });

  test('what is empty, cut in transit or unknown has its answer', async () => {
    const part = { uploadId: '00000000-0000-4000-8000-000000000001', name: 'a.pdf', offset: 0 };
    expect(await rig.codeOf('files.stage', { ...part, byteLength: 0, bytes: new Uint8Array() })).toBe('file.empty');
    expect(await rig.codeOf('files.stage', { ...part, byteLength: 2 ** 30, bytes: new Uint8Array(1) })).toBe(
      'file.tooLarge',
    );
    expect(await rig.codeOf('files.stage', { ...part, byteLength: 9, offset: 3, bytes: new Uint8Array(3) })).toBe(
      'file.torn',
    );
    const nothing = { digest: '0'.repeat(64), signatureDigest: null };
    expect(await rig.codeOf('verification.verifyStaged', nothing)).toBe('file.notStaged');
    expect(await stage(rig, 'cortado.pdf', files.good.subarray(0, 400))).toMatchObject({ refusal: 'damaged' });
    expect(await stage(rig, 'foto.pdf', Buffer.from('MZ\u0090\u0000'))).toMatchObject({ refusal: 'executable' });
  });

  test('a file larger than a message arrives whole', async () => {
    const large = Buffer.from('una línea\n'.repeat(500_000));
    expect(await stage(rig, 'C:\\carpeta\\lar\u202ego.txt', large)).toMatchObject({
      digest: sha256(large),
      name: 'largo.txt',
      mediaType: 'text/plain',
    });
  });
});

describe('the application', () => {
  test('is refused when its signature failed: nothing is admitted, and the incident is kept', async () => {
    const { attentionId } = await receiveCitizen(rig, 'broughtSigned', { statement: '', petition: '' });
    await expect(bring(rig, { attentionId }, 'application', 'solicitud.pdf', files.tampered)).rejects.toMatchObject({
      code: 'file.applicationRefused',
    });
    expect((await rig.call('attention.get', { attentionId })).documents).toEqual([]);
    const digest = sha256(files.tampered);
    const refusal = await rig.call('refusals.create', { attentionId, digest, signatureDigest: null });
    expect(refusal).toMatchObject({
      grounds: 'signatureFailed',
      sha256: digest,
      verification: { verdict: 'failed', subIndication: 'HASH_FAILURE' },
      sealedBy: 'organSeal',
    });
    const { bytes } = await rig.call('blobs.read', { digest: refusal.pdfDigest });
    const text = plainText(bytes).replaceAll(/\s+/gu, ' ');
    expect(checkPdfA(Buffer.from(bytes))).toEqual([]);
    expect(text).toContain('El contenido no es el que se firmó.');
    expect(text).toContain('Cómo subsanarlo');
    expect(readPdfsig(Buffer.from(bytes))).toMatchObject({ signatures: 1, valid: 1, lastCoversAll: true });
    expect((await rig.call('refusals.list', { limit: 10 })).refusals[0]).toEqual(refusal);
    expect(await rig.call('refusals.get', { refusalId: refusal.refusalId })).toEqual(refusal);
    // The file itself stays nowhere, and the attention goes on.
    expect(await rig.codeOf('blobs.read', { digest })).toBe('blob.notFound');
    expect(await rig.codeOf('verification.verifyStaged', { digest, signatureDigest: null })).toBe('file.notStaged');
    const view = await bring(rig, { attentionId }, 'application', 'solicitud.pdf', files.good);
    expect(view.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    await abandonOpen();
  });

  test('is not refused without a ground, and needs its own route and a signature', async () => {
    const { attentionId } = await receiveCitizen(rig, 'paper');
    const { digest } = await stage(rig, 'solicitud.pdf', files.good);
    const own = { attentionId, digest, signatureDigest: null };
    expect(await rig.codeOf('refusals.create', own)).toBe('refusal.notGrounded');
    expect(await rig.codeOf('documents.bring', { ...own, role: 'application', title: 'Solicitud' })).toBe(
      'file.applicationRoute',
    );
    await abandonOpen();
    const opened = await receiveCitizen(rig, 'broughtSigned');
    expect(opened.problems.map(({ code }) => code)).toContain('applicationFileMissing');
    const unsigned = await bring(rig, opened, 'application', 'solicitud.pdf', files.unsigned);
    expect(unsigned.problems).toContainEqual(
      expect.objectContaining({ code: 'applicationUnsigned', severity: 'error' }),
    );
    await abandonOpen();
  });

  test('signed by another person is admitted with a warning', async () => {
    const opened = await receiveCitizen(rig, 'broughtSigned');
    const view = await bring(rig, opened, 'application', 'solicitud.pdf', files.byAnother);
    expect(view.problems).toContainEqual(expect.objectContaining({ code: 'signerNotPresenter', severity: 'warning' }));
    await abandonOpen();
  });
});

test('annexes are annotated and never refused; a removal is taken back', async () => {
  const opened = await receiveCitizen(rig, 'broughtSigned');
  await bring(rig, opened, 'application', 'solicitud.pdf', files.good);
  const failed = await bring(rig, opened, 'annex', 'informe.pdf', files.tampered);
  expect(failed.problems).toContainEqual(
    expect.objectContaining({ code: 'annexSignatureFailed', severity: 'warning' }),
  );
  await expect(bring(rig, opened, 'annex', 'otra vez.pdf', files.tampered)).rejects.toMatchObject({
    code: 'file.alreadyBrought',
  });
  const [, annex] = failed.documents;
  const removed = await rig.call('documents.remove', { documentId: annex?.documentId ?? '' });
  expect(removed.documents.length).toBe(1);
  const undone = await rig.call('papers.undoRemoval', { attentionId: opened.attentionId });
  expect(undone.documents[1]).toMatchObject({ file: annex?.file, verification: annex?.verification });
  const { documentId = '', title = '', documentType = '' } = annex ?? {};
  expect(
    await rig.codeOf('documents.update', { documentId, title, documentType, nature: null, role: 'application' }),
  ).toBe('file.applicationRefused');
  await abandonOpen();
});

describe('registered with its annexes', () => {
  let record: RecordView;
  let manifest: Manifest;
  let exported: ReadonlyMap<string, Buffer>;
  const document = (index: number) => record.record.documents[index] ?? expect.unreachable('a document is missing');

  beforeAll(async () => {
    const opened = await receiveCitizen(rig, 'broughtSigned', { statement: '', petition: '' });
    await bring(rig, opened, 'application', 'solicitud.pdf', files.good);
    await bring(rig, opened, 'annex', 'informe.pdf', files.tampered);
    await bring(rig, opened, 'annex', 'factura.xml', files.detachedContent, files.detachedCms);
    await bring(rig, opened, 'annex', 'contrato.p7m', files.attachedCms);
    await bring(rig, opened, 'annex', 'protegido.pdf', files.encrypted);
    await bring(rig, opened, 'annex', 'escrito.xml', files.signedXml);
    await bring(rig, opened, 'annex', 'factura.asics', files.container);
    await bring(rig, opened, 'annex', 'notas.txt', Buffer.from('Notas de la persona\n'));
    await prepare(rig, opened);
    manifest = await signAndRegister(rig, opened);
    const { recordId } = await rig.call('attention.get', { attentionId: opened.attentionId });
    record = await rig.call('records.get', { recordId: recordId ?? '' });
    const { folder } = await rig.call('records.export', { recordId: recordId ?? '' });
    exported = await readFolder(folder);
    await rig.call('attention.setDelivery', {
      attentionId: opened.attentionId,
      delivery: { receiptHanded: true, consentCopyHanded: false, originalsReturned: false },
    });
    await rig.call('attention.finish', { attentionId: opened.attentionId });
  });

  test('the manifest has nothing to sign and tells each verdict', () => {
    expect(manifest.documents.every(({ alreadySigned }) => alreadySigned)).toBe(true);
    expect(manifest.documents.map(({ verdict }) => verdict)).toEqual([
      'passed',
      'failed',
      'passed',
      'passed',
      'no-signature',
      'passed',
      'passed',
      'no-signature',
    ]);
  });

  test('every file is the one that came, byte for byte, and no evidence of ours is wanted of it', () => {
    const brought = [
      files.good,
      files.tampered,
      files.detachedContent,
      files.attachedCms,
      files.encrypted,
      files.signedXml,
      files.container,
      Buffer.from('Notas de la persona\n'),
    ];
    expect(record.record.documents.map((each) => each.sha256)).toEqual(brought.map(sha256));
    expect(exported.get('application.pdf')?.equals(files.good)).toBe(true);
    expect(document(0)).toMatchObject({ origin: 'citizen', elaborationState: 'EE01', signatureLevel: null });
    expect(Object.keys(record.evidence)).toEqual(['receipt']);
    expect(document(0).verification?.revocationAnswers.length).toBeGreaterThan(0);
    for (const { sha256: answer, kind } of document(0).verification?.revocationAnswers ?? [])
      expect(sha256(exported.get(`evidence/${answer.slice(0, 16)}.${kind}`) ?? Buffer.alloc(0))).toBe(answer);
  });

  test('ENI documents are valid and name each signature by its type', () => {
    const names = record.record.documents.map(({ fileName }) => `eni/${fileName.replace(/\.[^.]+$/u, '.xml')}`);
    const types = names.map((name) => {
      const eni = exported.get(name) ?? expect.unreachable(`${name} was not exported`);
      expect(schemaComplaints(eni, 'eni'), name).toBe('');
      return readXml(eni, `//*[local-name()="TipoFirma"][1]`);
    });
    expect(types).toEqual(['TF06', 'TF06', 'TF04', 'TF05', 'TF01', 'TF03', 'TF01', 'TF01']);
    const detached = exported.get(names[2] ?? '') ?? Buffer.alloc(0);
    expect(Buffer.from(readXml(detached, element('FirmaBase64')), 'base64').equals(files.detachedCms)).toBe(true);
    expect(Buffer.from(readXml(detached, element('ValorBinario')), 'base64').equals(files.detachedContent)).toBe(true);
  });

  test('the exchange message is valid and tells the state of each signature', () => {
    const sicres = exported.get(`sicres/${record.record.exchangeId}.xml`) ?? Buffer.alloc(0);
    expect(schemaComplaints(sicres, 'sicres')).toBe('');
    const text = sicres.toString('utf8');
    expect(text).toContain('con firma electrónica válida de JOSÉ MARTÍNEZ SOLER');
    expect(text).toContain('03-factura.xml.csig');
  });

  test('the receipt lists them with their digests and how their signatures were found', () => {
    const receipt = exported.get('receipt.pdf') ?? Buffer.alloc(0);
    expect(checkPdfA(receipt).filter(({ rule }) => rule !== '6.8')).toEqual([]);
    expect(attachedFiles(receipt)['application.pdf']?.equals(files.good)).toBe(true);
    expect(readPdfsig(receipt)).toMatchObject({ signatures: 1, valid: 1, lastCoversAll: true });
    const text = plainText(receipt).replaceAll(/\s+/gu, ' ');
    expect(text).toContain('hecha antes de presentarse y comprobada al incorporar el fichero. Es válida.');
    expect(text).toContain('no es válida');
    expect(text).toContain('Fichero aportado sin firma electrónica');
    for (const { sha256: digest } of record.record.documents) expect(text.replaceAll(' ', '')).toContain(digest);
  });

  test('the public page gives each file with its type and the state that the office found', async () => {
    await rig.call('desk.syncNow', {});
    const page = await typeCode(rig.office.verificationUrl, document(2).verificationCode);
    expect(page.text).toContain('lo trajo la persona');
    expect(page.text).toContain('Firma válida');
    expect((await page.download(/Descargar: Versión registrada/u)).equals(files.detachedContent)).toBe(true);
    expect((await page.download(/Descargar: Firma/u)).equals(files.detachedCms)).toBe(true);
    const failed = await typeCode(rig.office.verificationUrl, document(1).verificationCode);
    expect(failed.text).toContain('La firma no es válida');
  });
});

test('without a seal, what is not admitted is told on a page that nobody vouches for, and says so', async () => {
  await rig.restart();
  await rig.openDesk();
  await rig.signIn();
  const { digest } = await stage(rig, 'factura.pdf', Buffer.from('MZ\u0090\u0000 esto es un programa'));
  const verification = await rig.call('verification.verifyStaged', { digest, signatureDigest: null });
  expect(verification.verdict).toBe('no-signature');
  const refusal = await rig.call('refusals.create', { attentionId: null, digest, signatureDigest: null });
  expect(refusal).toMatchObject({ grounds: 'executable', verification: null, sealedBy: 'nobody' });
  const { bytes } = await rig.call('blobs.read', { digest: refusal.pdfDigest });
  const text = plainText(bytes).replaceAll(/\s+/gu, ' ');
  expect(text).toContain('artículos 70.1 y 71.1 de la Ordenanza');
  expect(text).toContain('sin sello electrónico');
  expect(checkPdfA(Buffer.from(bytes))).toEqual([]);
  const nobody = { refusalId: '00000000-0000-4000-8000-000000000000' };
  expect(await rig.codeOf('refusals.get', nobody)).toBe('refusal.notFound');
});

test('the memory stick of the demonstration has one file of each kind', async () => {
  const medium = await readFolder(rig.office.mediumFolder);
  const read = (name: string): Buffer => medium.get(name) ?? expect.unreachable(`${name} is missing`);
  expect((await verify(rig, 'a.pdf', read('solicitud-firmada.pdf'))).verdict).toBe('passed');
  expect((await verify(rig, 'a.pdf', read('solicitud-alterada.pdf'))).verdict).toBe('failed');
  expect((await verify(rig, 'a.pdf', read('informe-sin-firma.pdf'))).verdict).toBe('no-signature');
  expect((await stage(rig, 'a.pdf', read('presupuesto.pdf'))).refusal).toBe('executable');
});
