import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RecordDocument } from '../../core/contract/schemas/record.ts';
import { checkPdfA } from '../../core/documents/pdf/pdfa-checker.ts';
import { attachedFiles, pageTexts, plainText } from '../../core/documents/testing/pdf-tools.ts';
import { parseVerificationCode } from '../../core/documents/verification-code.ts';
import { serveCitizen } from './counter.ts';
import type { Served } from './counter.ts';
import { openDeskRig, readFolder } from './desk-rig.ts';
import type { DeskRig } from './desk-rig.ts';
import {
  checkWithQpdf,
  cutSignatures,
  element,
  readPdfsig,
  readXml,
  schemaComplaints,
  verifySignature,
} from './outside-validators.ts';

/* The job of the counter by its three routes, and what it issues judged by programs that are not ours. */

const routes = ['paper', 'officer', 'citizenCard'] as const;

let rig: DeskRig;
beforeAll(async () => {
  rig = await openDeskRig();
  await rig.openDesk();
  await rig.signIn();
  await rig.unlockSeal();
});
afterAll(() => rig.close());

const sha256 = (content: Uint8Array, encoding: 'hex' | 'base64' = 'hex'): string =>
  createHash('sha256').update(content).digest(encoding);
const withoutSpaces = (text: string): string => text.replaceAll(/\s/gu, '');

describe.each(routes)('%s', (route) => {
  let served: Served;
  let folder = '';
  let files: ReadonlyMap<string, Buffer>;
  let issued: readonly { document: RecordDocument; pdf: Buffer; eni: Buffer }[] = [];

  const read = (name: string): Buffer => files.get(name) ?? expect.unreachable(`${name} was not exported`);
  const pdfNames = (): readonly string[] => [...files.keys()].filter((name) => name.endsWith('.pdf'));
  const pathOf = ({ role, fileName }: RecordDocument): string => {
    if (role === 'application' || role === 'attestation') return `${role}.pdf`;
    return join(role === 'consent' ? 'consent' : 'copies', fileName);
  };

  beforeAll(async () => {
    served = await serveCitizen(rig, route);
    const { record } = served.record;
    ({ folder } = await rig.call('records.export', { recordId: record.recordId }));
    files = await readFolder(folder);
    issued = record.documents.map((document) => ({
      document,
      pdf: read(pathOf(document)),
      eni: read(join('eni', document.fileName.replace(/pdf$/u, 'xml'))),
    }));
  });

  test('the record has the next number of the series, and its documents', () => {
    const { record, state } = served.record;
    expect(state).toBe('receipted');
    expect(record.sequence).toBe(routes.indexOf(route) + 1);
    expect(record.recordNumber).toBe(
      `O00009999e2603A0000${record.sequence}`.replace('26', record.recordedAt.slice(2, 4)),
    );
    expect(record.route).toBe(route);
    expect(record.documents.map(({ signatureLevel }) => signatureLevel)).toEqual(record.documents.map(() => 'B-T'));
    expect(
      record.documents.map(({ role, elaborationState, pageCount }) => [role, elaborationState, pageCount]),
    ).toEqual(
      {
        paper: [
          ['application', 'EE03', 1],
          ['annex', 'EE03', 2],
          ['attestation', 'EE01', expect.any(Number)],
        ],
        officer: [
          ['application', 'EE01', expect.any(Number)],
          ['annex', 'EE03', 2],
          ['consent', 'EE03', 1],
          ['attestation', 'EE01', expect.any(Number)],
        ],
        citizenCard: [
          ['application', 'EE01', expect.any(Number)],
          ['annex', 'EE03', 2],
          ['attestation', 'EE01', expect.any(Number)],
        ],
      }[route],
    );
  });

  test('every signature is valid for poppler, OpenSSL and GnuTLS, up to the root', () => {
    const root = join(folder, 'trust/root-1.pem');
    const chain = join(folder, 'trust/intermediate-1.pem');
    expect(pdfNames().length).toBe(issued.length + 1);
    for (const name of pdfNames()) {
      const pdf = read(name);
      const cut = cutSignatures(pdf);
      const signer =
        name === 'receipt.pdf'
          ? /^SELLO/u
          : name === 'application.pdf' && route === 'citizenCard'
            ? /^MART|^JOS/u
            : /^ANA/u;
      const signers = [expect.stringMatching(signer)];
      expect(readPdfsig(pdf), name).toEqual({ signatures: 1, valid: 1, lastCoversAll: true, signers });
      expect(cut.length, name).toBe(1);
      for (const signature of cut) {
        expect(signature.coversUntil, name).toBe(pdf.length);
        verifySignature(signature, { root, chain });
        // One changed byte must not pass, or the two programs have not looked.
        const altered = Buffer.from(signature.signedBytes);
        altered[100] = (altered[100] ?? 0) ^ 1;
        expect(() => verifySignature({ ...signature, signedBytes: altered }, { root, chain }), name).toThrow(
          /openssl/u,
        );
      }
    }
  });

  test('every PDF is whole for qpdf and PDF/A for our checker', () => {
    for (const name of pdfNames()) {
      checkWithQpdf(read(name));
      expect(checkPdfA(read(name)), name).toEqual([]);
    }
  });

  test('record, files, manifest and exchange state the same digests', () => {
    const sicres = read(join('sicres', `${served.record.record.exchangeId}.xml`));
    for (const { document, pdf, eni } of issued) {
      expect(sha256(pdf), document.fileName).toBe(document.sha256);
      expect(pdf.length).toBe(document.byteLength);
      expect(sha256(eni)).toBe(document.eniXmlSha256);
      expect(Buffer.from(readXml(eni, element('ValorBinario')), 'base64').equals(pdf)).toBe(true);
      expect(readXml(eni, element('Identificador'))).toBe(document.eniId);
      expect(readXml(eni, element('ValorEstadoElaboracion'))).toBe(document.elaborationState);
      expect(readXml(eni, element('ValorCSV'))).toBe(document.verificationCode);
      const inSicres = `//De_Anexo[Nombre_Fichero_Anexado="${document.fileName}"]`;
      const stated = (field: string): string =>
        readXml(sicres, `${inSicres}//Campo[.="${field}"]/following-sibling::Valor[1]`);
      expect(stated('Hash')).toBe(sha256(pdf, 'base64'));
      expect(stated('CSV')).toBe(document.verificationCode);
      expect(stated('EstadoElaboracion')).toBe(document.elaborationState);
      if (document.role === 'attestation') continue;
      // What was reviewed before the PIN is the beginning of what was signed.
      const reviewed = served.manifest.documents.find(({ documentId }) => documentId === document.documentId);
      expect(sha256(pdf.subarray(0, reviewed?.byteLength ?? 0))).toBe(reviewed?.sha256);
    }
    const receiptHash = readXml(
      sicres,
      '//De_Anexo[Nombre_Fichero_Anexado="receipt.pdf"]//Campo[.="Hash"]/following-sibling::Valor[1]',
    );
    expect(receiptHash).toBe(sha256(read('receipt.pdf'), 'base64'));
    expect(readXml(sicres, '//Numero_Registro_Entrada')).toBe(served.record.record.recordNumber);
  });

  test('the attestation names each copy, its captures and profile by their digests, and what was answered', () => {
    expect(served.manifest.attestation).toBe('toSign');
    const text = withoutSpaces(plainText(read('attestation.pdf')));
    const scanned = issued.filter(({ document }) => document.scanProfile !== null);
    expect(scanned.length).toBeGreaterThan(0);
    for (const { document } of scanned) {
      expect(text).toContain(document.sha256);
      expect(text).toContain(document.verificationCode);
      expect(text).toContain(document.scanProfile?.digest);
    }
    expect(text).toContain(withoutSpaces('Página 1: '));
    const [eni] = issued.filter(({ document }) => document.role === 'attestation').map((made) => made.eni);
    expect(eni === undefined ? '' : readXml(eni, element('TipoDocumental'))).toBe('TD12');
    expect(eni === undefined ? '' : readXml(eni, element('OrigenCiudadanoAdministracion'))).toMatch(/^(?:1|true)$/u);
  });

  test('the exchange files are valid against the official schemas', () => {
    const names = [...files.keys()].filter((name) => name.endsWith('.xml'));
    expect(names.length).toBe(issued.length + 2);
    for (const name of names)
      expect(schemaComplaints(read(name), name.startsWith('sicres') ? 'sicres' : 'eni'), name).toBe('');
    expect(schemaComplaints(Buffer.from('<Fichero_Intercambio_SICRES_4/>'), 'sicres')).not.toBe('');
  });

  test('the receipt says on every page which it is, names every document and carries the application', () => {
    const { record } = served.record;
    const receipt = read('receipt.pdf');
    const pages = pageTexts(receipt);
    for (const [index, text] of pages.entries()) {
      expect(text).toContain(record.recordNumber);
      expect(text).toContain(record.receiptVerificationCode);
      expect(text).toContain(`Página ${index + 1} de ${pages.length}`);
      expect(text).toContain('Fecha de creación');
      expect(withoutSpaces(text)).toContain(rig.office.verificationUrl);
    }
    const whole = withoutSpaces(pages.join(''));
    for (const document of record.documents) {
      expect(whole).toContain(document.sha256);
      expect(whole).toContain(document.verificationCode);
    }
    expect(whole).toContain(`${record.recordedAt.slice(8, 10)}/${record.recordedAt.slice(5, 7)}`);
    const embedded = attachedFiles(receipt);
    expect(Object.keys(embedded)).toEqual(['application.pdf']);
    expect(embedded['application.pdf']?.equals(read('application.pdf'))).toBe(true);
  });

  test('each document and the receipt have a code of their own that can be read back', () => {
    const { documents, receiptVerificationCode } = served.record.record;
    const codes = [receiptVerificationCode, ...documents.map(({ verificationCode }) => verificationCode)];
    expect(new Set(codes).size).toBe(codes.length);
    for (const code of codes)
      expect(parseVerificationCode(code.toLowerCase().replaceAll('-', ' '), 'VEN')).toEqual({ kind: 'valid', code });
  });

  test('signatures bear the consent under which they were made, and no other', () => {
    const { consentId } = served.record.record;
    const consent = served.manifest.documents.find(({ role }) => role === 'consent');
    expect(consentId === null).toBe(route !== 'officer');
    for (const { pdf } of issued) {
      const bound = Object.fromEntries(
        [...pdf.toString('latin1').matchAll(/\/(VentanillaConsent\w*)\s*<([0-9A-Fa-f]+)>/gu)].map((match) => [
          match[1],
          Buffer.from(match[2] ?? '', 'hex').toString('latin1'),
        ]),
      );
      expect(bound).toEqual(
        route === 'officer' ? { VentanillaConsent: consentId, VentanillaConsentSHA256: consent?.sha256 } : {},
      );
    }
  });
});
