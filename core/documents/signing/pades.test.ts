import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../contract/errors.ts';
import { digestOf } from './algorithms.ts';
import type { SignatureAlgorithm } from './algorithms.ts';
import { joinPdf } from './appended-pdf.ts';
import { readCertificate } from './certificate.ts';
import type { TimestampSource } from './cms.ts';
import { findSingleAttribute, readSignedData } from './cms-reader.ts';
import { oid } from './oids.ts';
import { requestOcsp } from './ocsp.ts';
import { finishSignature, prepareSignature, signPdf } from './pades.ts';
import { appendDocumentTimestamp, completePdf } from './pades-completion.ts';
import { readEvidence } from './pdf-evidence.ts';
import { isArray, isDictionary, isStream } from './pdf-objects.ts';
import { listPages, openPdf } from './pdf-reader.ts';
import { readSignatures } from './pdf-signatures.ts';
import { createTestAuthority } from './testing/authority.ts';
import type { Holder, TestAuthority } from './testing/authority.ts';
import { listSharedFiles } from './testing/shared-data.ts';
import { makeTinyPdf } from './testing/tiny-pdf.ts';
import type { TinyPdfForm } from './testing/tiny-pdf.ts';
import { askOthers } from './testing/validators.ts';
import { requestTimestamp } from './timestamp.ts';
import { plainAnchor } from './trust-evaluation.ts';
import { verifyPdfAgainst } from './verify.ts';

const signingTime = new Date('2026-03-04T10:20:30Z');
let authority: TestAuthority;
let timestamp: TimestampSource;
let rootPem: string;

beforeAll(() => {
  authority = createTestAuthority();
  rootPem = join(authority.folder, 'root.pem');
  const trusted = [readCertificate(authority.root)];
  timestamp = ({ hash, digest }) =>
    requestTimestamp({ url: 'http://tsa.test/', hash, digest, fetchBytes: authority.fetchBytes, trusted });
}, 60_000);
afterAll(() => {
  authority.dispose();
});

const later = (): Date => new Date(Date.now() + 60_000);
// The authority's list stands in for a line: most of these documents were signed without one.
const verify = (pdf: Uint8Array): ReturnType<typeof verifyPdfAgainst> =>
  verifyPdfAgainst(pdf, { anchors: [plainAnchor(authority.root)], at: later(), ocsps: [], crls: [authority.crl()] });

async function ocspFor(holder: Holder): Promise<Buffer> {
  const issuer = readCertificate(authority.intermediate);
  const { response } = await requestOcsp({
    url: 'http://ocsp.test/',
    certificate: readCertificate(authority.certificate(holder)),
    issuer,
    at: new Date(),
    fetchBytes: authority.fetchBytes,
  });
  return response;
}

describe('signing a PDF', () => {
  it.each<[Holder, SignatureAlgorithm, TinyPdfForm]>([
    ['officer', 'rsa-sha256', 'table'],
    ['officer', 'rsa-sha384', 'stream'],
    ['officer', 'rsa-sha512', 'hybrid'],
    ['officerEc', 'ecdsa-sha256', 'stream'],
    ['officerEc', 'ecdsa-sha384', 'hybrid'],
    ['officerEc', 'ecdsa-sha512', 'table'],
  ])('convinces every other program: %s, %s, cross references as %s', async (holder, algorithm, form) => {
    const document = makeTinyPdf('hola', form);
    const { pdf, level } = await signPdf(document, {
      signer: authority.signer(holder, algorithm),
      timestamp,
      signingTime,
      reason: 'Cotejo de la copia',
      location: 'Peñalba',
      name: 'ANA PRUEBAS',
    });
    expect(level).toBe('B-T');
    expect(pdf.subarray(0, document.length).equals(document)).toBe(true);
    const opinions = askOthers(pdf, rootPem);
    expect(opinions.pdfsig).toEqual(['Signature is Valid.']);
    expect(opinions.qpdf).toContain('No syntax or stream encoding errors found');
    expect(opinions.opensslCms.join()).toContain('CAdES Verification successful');
    expect(opinions.certtool.join()).toContain('Signature status: ok');
    expect(verify(pdf)).toMatchObject({
      verdict: 'passed',
      signatures: [{ level: 'B-T', coversWholeFile: true, modificationsAfter: 'none', signer: { nif: '99999999R' } }],
    });
  });

  it('writes the dictionary and the attributes of the baseline', async () => {
    const { pdf } = await signPdf(makeTinyPdf('hola'), {
      signer: authority.signer('officer', 'rsa-sha256'),
      signingTime,
      reason: 'Razón',
      location: 'Peñalba',
      name: 'ANA',
      fieldName: 'Funcionario',
      bindings: { VerificationCode: 'ABC-123' },
    });
    const [signature] = readSignatures(pdf);
    expect(signature).toMatchObject({
      fieldName: 'Funcionario',
      type: 'signature',
      subFilter: 'ETSI.CAdES.detached',
      signingTime: signingTime.toISOString(),
      reason: 'Razón',
      location: 'Peñalba',
      name: 'ANA',
      coversWholeFile: true,
    });
    expect(pdf.includes('/VerificationCode <4142432d313233>')).toBe(true);
    const signedData = readSignedData(signature?.contents ?? Buffer.alloc(0));
    const attributes = signedData.signers[0]?.signedAttributes ?? [];
    expect(attributes.map((attribute) => attribute.type).toSorted()).toEqual(
      [oid.contentType, oid.messageDigest, oid.signingCertificateV2].toSorted(),
    );
    expect(signedData.content).toBeNull();
  });

  it('adds a widget that PDF/A accepts and leaves the metadata alone', async () => {
    const document = makeTinyPdf('hola');
    const { pdf } = await signPdf(document, { signer: authority.signer('officer', 'rsa-sha256'), signingTime });
    const file = openPdf(pdf);
    const page = file.resolve(listPages(file)[0]);
    const annotations = isDictionary(page) ? file.resolve(page.get('Annots')) : null;
    const widget = isArray(annotations) ? file.resolve(annotations[0]) : null;
    if (!isDictionary(widget)) throw new Error('no widget');
    expect([widget.get('F'), widget.get('Rect')]).toEqual([132, [0, 0, 0, 0]]);
    const appearance = file.resolve(widget.get('AP'));
    expect(isDictionary(appearance) && isStream(file.resolve(appearance.get('N')))).toBe(true);
    expect(file.entries.get(6)).toEqual(openPdf(document).entries.get(6));
  });

  it('signs again without touching the first signature', async () => {
    const first = await signPdf(makeTinyPdf('hola', 'stream'), {
      signer: authority.signer('officer', 'rsa-sha256'),
      signingTime,
    });
    const second = await signPdf(first.pdf, { signer: authority.signer('other', 'ecdsa-sha256'), signingTime });
    expect(second.pdf.subarray(0, first.pdf.length).equals(first.pdf)).toBe(true);
    expect(readSignatures(second.pdf).map((signature) => signature.fieldName)).toEqual(['Firma', 'Firma2']);
    expect(askOthers(second.pdf, rootPem).pdfsig).toEqual(['Signature is Valid.', 'Signature is Valid.']);
    expect(verify(second.pdf)).toMatchObject({
      verdict: 'passed',
      signatures: [{ modificationsAfter: 'allowed' }, { modificationsAfter: 'none' }],
    });
  });

  it('signs a document with bytes before its header', async () => {
    const document = Buffer.concat([Buffer.from('correo basura\n'), makeTinyPdf('hola', 'stream')]);
    const { pdf } = await signPdf(document, { signer: authority.signer('officer', 'rsa-sha256'), signingTime });
    expect([verify(pdf).verdict, askOthers(pdf, rootPem).pdfsig]).toEqual(['passed', ['Signature is Valid.']]);
  });

  it('prepares a batch before the card is asked', async () => {
    const prepared = ['uno', 'dos', 'tres'].map((text) => prepareSignature(makeTinyPdf(text), { signingTime }));
    const signer = authority.signer('officerEc', 'ecdsa-sha256');
    for (const one of prepared) {
      const { document, sha256, level } = await finishSignature(one, { signer });
      const pdf = joinPdf(document);
      expect([level, verify(pdf).verdict, sha256]).toEqual(['B-B', 'passed', digestOf('sha256', pdf).toString('hex')]);
    }
  });

  it('gives a B-B signature and says why when there is no time stamp to be had', async () => {
    const unavailable: TimestampSource = () => Promise.reject(new AppError('timestamp.unavailable'));
    const signed = await signPdf(makeTinyPdf('hola'), {
      signer: authority.signer('officer', 'rsa-sha256'),
      timestamp: unavailable,
      signingTime,
    });
    expect([signed.level, signed.timestampError?.code]).toEqual(['B-B', 'timestamp.unavailable']);
    expect(verify(signed.pdf).verdict).toBe('passed');
  });

  it('prefers a signature without time stamp to asking for the PIN again when the token is too large', async () => {
    const signed = await signPdf(makeTinyPdf('hola'), {
      signer: authority.signer('officer', 'rsa-sha256'),
      timestamp,
      signingTime,
      reserveBytes: 5000,
    });
    expect([signed.level, signed.timestampError?.code, verify(signed.pdf).verdict]).toEqual([
      'B-B',
      'timestamp.rejected',
      'passed',
    ]);
  });

  it('refuses what it cannot sign', async () => {
    const signer = authority.signer('officer', 'rsa-sha256');
    const otherKey = { ...signer, certificate: authority.certificate('timestamping') };
    await expect(signPdf(makeTinyPdf('hola'), { signer: otherKey, signingTime })).rejects.toThrow(
      'signature.keyMismatch',
    );
    await expect(signPdf(makeTinyPdf('hola'), { signer, signingTime, reserveBytes: 100 })).rejects.toThrow(
      'signature.failed',
    );
    await expect(signPdf(makeTinyPdf('hola'), { signer, signingTime, bindings: { ByteRange: 'x' } })).rejects.toThrow(
      'signature.failed',
    );
    await expect(signPdf(Buffer.from('hola'), { signer, signingTime })).rejects.toThrow('document.unreadable');
  });

  it('signs what citizens bring, forms included', async () => {
    for (const file of listSharedFiles('data/pdfs', '.pdf')) {
      if (file.endsWith('invalid.pdf')) continue;
      const { pdf } = await signPdf(readFileSync(file), {
        signer: authority.signer('officerEc', 'ecdsa-sha256'),
        signingTime,
      });
      expect([file, verify(pdf).verdict, askOthers(pdf, rootPem).pdfsig.at(-1)]).toEqual([
        file,
        'passed',
        'Signature is Valid.',
      ]);
    }
  }, 120_000);
});

describe('completing a signed PDF', () => {
  it.each<TinyPdfForm>(['table', 'stream', 'hybrid'])(
    'reaches B-LTA by appending, cross references as %s',
    async (form) => {
      const signed = await signPdf(makeTinyPdf('hola', form), {
        signer: authority.signer('officer', 'rsa-sha256'),
        timestamp,
        signingTime,
      });
      const ocsps = [await ocspFor('officer'), await ocspFor('timestamping')];
      const certificates = [authority.root, authority.intermediate, authority.certificate('ocsp')];
      const completed = await completePdf(signed.pdf, {
        certificates,
        ocsps,
        crls: [authority.crl()],
        documentTimestamp: timestamp,
      });
      expect(completed.level).toBe('B-LTA');
      expect(completed.pdf.subarray(0, signed.pdf.length).equals(signed.pdf)).toBe(true);
      const evidence = readEvidence(openPdf(completed.pdf));
      expect([evidence.certificates.length, evidence.ocsps.length, evidence.crls.length]).toEqual([3, 2, 1]);
      expect(verify(completed.pdf)).toMatchObject({
        verdict: 'passed',
        reasons: [],
        signatures: [
          {
            level: 'B-LTA',
            modificationsAfter: 'allowed',
            revocation: { status: 'good' },
            timestamps: [
              { kind: 'signature', isTrusted: true },
              { kind: 'document', isTrusted: true },
            ],
          },
        ],
      });
      const opinions = askOthers(completed.pdf, rootPem);
      expect(opinions.pdfsig[0]).toBe('Signature is Valid.');
      expect(opinions.qpdf).toContain('No syntax or stream encoding errors found');
    },
  );

  it('does not let the evidence of a revoked signer pass', async () => {
    const signed = await signPdf(makeTinyPdf('hola'), {
      signer: authority.signer('revoked', 'ecdsa-sha256'),
      signingTime,
    });
    const completed = await completePdf(signed.pdf, {
      certificates: [authority.intermediate],
      ocsps: [await ocspFor('revoked')],
      crls: [],
      documentTimestamp: timestamp,
    });
    expect(verify(completed.pdf)).toMatchObject({
      verdict: 'failed',
      subIndication: 'REVOKED',
      signatures: [{ revocation: { status: 'revoked', revokedAt: '2026-01-01T00:00:00.000Z' } }],
    });
  });

  it('adds to former evidence without repeating it, and time stamps anew', async () => {
    const signed = await signPdf(makeTinyPdf('hola'), {
      signer: authority.signer('officer', 'rsa-sha256'),
      timestamp,
      signingTime,
    });
    const first = await completePdf(signed.pdf, {
      certificates: [authority.root],
      ocsps: [],
      crls: [],
      documentTimestamp: timestamp,
    });
    const second = await completePdf(first.pdf, {
      certificates: [authority.root, authority.intermediate],
      ocsps: [],
      crls: [],
      documentTimestamp: timestamp,
    });
    expect(second.pdf.subarray(0, first.pdf.length).equals(first.pdf)).toBe(true);
    expect(readEvidence(openPdf(second.pdf)).certificates).toHaveLength(2);
    expect(verify(second.pdf).signatures[0]?.timestamps).toHaveLength(3);
  });

  it('gives a signature made offline its proof of time', async () => {
    const signed = await signPdf(makeTinyPdf('hola'), {
      signer: authority.signer('officer', 'rsa-sha256'),
      signingTime,
    });
    const completed = await completePdf(signed.pdf, {
      certificates: [authority.intermediate],
      ocsps: [await ocspFor('officer')],
      crls: [],
      documentTimestamp: timestamp,
    });
    expect(verify(completed.pdf)).toMatchObject({
      verdict: 'passed',
      signatures: [{ level: 'B-LTA', timestamps: [{ kind: 'document', isTrusted: true }] }],
    });
  });

  it('keeps B-LT when only the document time stamp fails, and nothing when no time is proved', async () => {
    const failing: TimestampSource = () => Promise.reject(new AppError('timestamp.unavailable'));
    const evidence = { certificates: [authority.root], ocsps: [], crls: [], documentTimestamp: failing };
    const stamped = await signPdf(makeTinyPdf('hola'), {
      signer: authority.signer('officer', 'rsa-sha256'),
      timestamp,
      signingTime,
    });
    const completed = await completePdf(stamped.pdf, evidence);
    expect([completed.level, completed.timestampError?.code]).toEqual(['B-LT', 'timestamp.unavailable']);
    const offline = await signPdf(makeTinyPdf('hola'), {
      signer: authority.signer('officer', 'rsa-sha256'),
      signingTime,
    });
    await expect(completePdf(offline.pdf, evidence)).rejects.toThrow('timestamp.unavailable');
    await expect(completePdf(makeTinyPdf('hola'), evidence)).rejects.toThrow('signature.nothingToSign');
  });

  it('stamps a document without signatures', async () => {
    const pdf = await appendDocumentTimestamp(makeTinyPdf('hola'), timestamp);
    expect(readSignatures(pdf)).toMatchObject([
      { type: 'documentTimestamp', subFilter: 'ETSI.RFC3161', coversWholeFile: true },
    ]);
    expect(verify(pdf).verdict).toBe('no-signature');
  });

  it('puts the time stamp of the signature value among the unsigned attributes', async () => {
    const { pdf } = await signPdf(makeTinyPdf('hola'), {
      signer: authority.signer('officer', 'rsa-sha256'),
      timestamp,
      signingTime,
    });
    const [signer] = readSignedData(readSignatures(pdf)[0]?.contents ?? Buffer.alloc(0)).signers;
    expect(findSingleAttribute(signer?.unsignedAttributes ?? [], oid.signatureTimestamp)).not.toBeNull();
  });
});
