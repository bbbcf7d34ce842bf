import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { AppError } from '../../core/contract/errors.ts';
import { checkPdfA } from '../../core/documents/pdf/pdfa-checker.ts';
import { signPdf } from '../../core/documents/signing/pades.ts';
import { verifyPdf } from '../../core/documents/signing/verify.ts';
import { applyCentreSeal, awaitCentreSeal } from '../../core/services/centre-seal.ts';
import type { CentreSealPort } from '../../core/services/ports/centre-seal.ts';
import { auditEntry } from '../../core/store/store-fixture.ts';
import { revokeCertificate } from '../../demo/pki/certificate-authority.ts';
import type { IssuedCertificate, Pki } from '../../demo/pki/ensure-pki.ts';
import { makeAuthorities, openEvidenceRig } from './evidence-rig.ts';
import type { EvidenceRig, TestAuthorities } from './evidence-rig.ts';
import { checkWithQpdf, cutSignatures, verifySignature } from './outside-validators.ts';

/* A centre that has no seal yet, fails, or is not who it says: the receipt waits, and takes no other signature. */

let authorities: TestAuthorities;
let rig: EvidenceRig;
let recordId = '';
let registered: Buffer;
beforeAll(async () => {
  authorities = await makeAuthorities();
});
afterAll(() => authorities.remove());
beforeEach(async () => {
  rig = await openEvidenceRig(authorities);
  await registerWithReceipt();
});
afterEach(() => rig.close());

const { signal } = new AbortController();

/** A record whose receipt the officer signed for want of a seal. */
async function registerWithReceipt(): Promise<void> {
  ({ recordId } = await rig.register());
  const { store, blobs } = rig.context.desk();
  const signer = rig.signerOf(rig.pki.officer);
  ({ pdf: registered } = await signPdf(rig.unsigned, { signer, signingTime: new Date(), reason: 'Justificante' }));
  const sha256 = await blobs.put(registered, 'application/pdf');
  const byteLength = registered.length;
  store.appendRecordEvent(
    recordId,
    {
      type: 'receipted',
      at: '2026-11-20T10:42:07+01:00',
      sha256,
      byteLength,
      pageCount: 1,
      eniXmlSha256: sha256,
      sicresXmlSha256: sha256,
      sealedBy: 'officer',
      signatureLevel: 'B-B',
    },
    [{ sha256, byteLength, mediaType: 'application/pdf', documentId: 'receipt', part: 'document' }],
    auditEntry,
  );
  awaitCentreSeal(rig.context, recordId);
}

/** What the centre's routes do with their key; the routes themselves have their own tests. */
function centreWith(holder: IssuedCertificate, pki: Pki = rig.pki, key: IssuedCertificate = holder): CentreSealPort {
  return {
    getCertificate: async () => ({
      certificate: holder.der,
      chain: [pki.issuing.der, pki.root.der],
      algorithm: 'rsa-sha256',
    }),
    sign: ({ signedAttributes }) => rig.signerOf(key).sign(signedAttributes),
  };
}

const receiptVersions = () =>
  rig.context
    .desk()
    .store.findRecord(recordId)
    ?.versions.filter(({ documentId }) => documentId === 'receipt') ?? [];
const receiptLevels = () => receiptVersions().map(({ level }) => level);

test('without a seal at the centre the evidence does not wait; a seal that comes later is completed too', async () => {
  const none: CentreSealPort = { ...centreWith(rig.pki.centreSeal), getCertificate: async () => null };
  expect(await applyCentreSeal(rig.context, none, signal)).toBe(0);
  await rig.complete();
  expect(receiptLevels()).toEqual(['B-B', 'B-LTA']);
  expect(await applyCentreSeal(rig.context, centreWith(rig.pki.centreSeal), signal)).toBe(1);
  expect(rig.context.desk().store.evidenceStates(recordId)['receipt']).toBe('pending');
  await rig.complete();
  expect(receiptLevels()).toEqual(['B-B', 'B-LTA', 'B-T', 'B-LTA']);
  const pdf = Buffer.from(await rig.context.desk().blobs.get(receiptVersions().at(-1)?.sha256 ?? ''));
  expect(pdf.subarray(0, registered.length).equals(registered)).toBe(true);
  expect(checkPdfA(pdf)).toEqual([]);
  checkWithQpdf(pdf);
  for (const signature of cutSignatures(pdf))
    verifySignature(signature, { root: rig.pki.root.certificate, chain: rig.pki.issuing.certificate });
  expect(verifyPdf(pdf, { trustAnchors: [rig.pki.root.der], at: new Date() })).toMatchObject({
    verdict: 'passed',
    signatures: [{ level: 'B-LTA' }, { level: 'B-LTA', signer: { kind: 'seal' } }],
  });
  expect(await applyCentreSeal(rig.context, centreWith(rig.pki.centreSeal), signal)).toBe(0);
});

test.each([
  ['a stranger’s seal', () => centreWith(authorities.strangers.centreSeal, authorities.strangers)],
  ['a person’s certificate', () => centreWith(rig.pki.secondOfficer)],
  ['a signature of another key', () => centreWith(rig.pki.centreSeal, rig.pki, rig.pki.officer)],
  [
    'a line that is cut in between',
    (): CentreSealPort => ({
      ...centreWith(rig.pki.centreSeal),
      sign: () => Promise.reject(new AppError('sync.offline')),
    }),
  ],
] as const)('%s leaves the receipt as it was, and the next connection tries again', async (_what, wrong) => {
  expect(await applyCentreSeal(rig.context, wrong(), signal)).toBe(0);
  expect(receiptLevels()).toEqual(['B-B']);
  expect(await applyCentreSeal(rig.context, centreWith(rig.pki.centreSeal), signal)).toBe(1);
  expect(receiptLevels()).toEqual(['B-B', 'B-B']);
});

test('an officer’s certificate that was revoked meanwhile is told of the receipt, sealed or not', async () => {
  await revokeCertificate({ folder: rig.pki.folder, certificate: 'officer.pem' });
  expect(await applyCentreSeal(rig.context, centreWith(rig.pki.centreSeal), signal)).toBe(1);
  await rig.complete();
  expect(receiptLevels()).toEqual(['B-B', 'B-B']);
  expect(rig.context.desk().store.evidenceStates(recordId)['receipt']).toBe('problem');
});
