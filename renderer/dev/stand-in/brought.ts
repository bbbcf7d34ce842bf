import { AppError } from '../../../core/contract/errors.ts';
import type { MethodInput, MethodOutput } from '../../../core/contract/methods.ts';
import type { DocumentView } from '../../../core/contract/schemas/attention.ts';
import type { RecordDocument } from '../../../core/contract/schemas/record.ts';
import type { DocumentVerification, Refusal, StagedFile } from '../../../core/contract/schemas/verification.ts';
import { makePdf } from './pictures.ts';
import { officer } from './samples.ts';

type Surroundings = Readonly<{
  put: (bytes: Uint8Array, mediaType: string) => Promise<string>;
  now: () => string;
}>;

/** What the verifier would say of a file with this name. */
export function verifyNamed(name: string, at: string): DocumentVerification {
  const verdict: 'failed' | 'indeterminate' | 'passed' = /rota/iu.test(name)
    ? 'failed'
    : /dudosa/iu.test(name)
      ? 'indeterminate'
      : 'passed';
  const reasons = { failed: ['digestMismatch'], indeterminate: ['revocationUnavailable'], passed: [] } as const;
  const subIndication = { failed: 'HASH_FAILURE', indeterminate: 'TRY_LATER', passed: null } as const;
  const said = { verdict, subIndication: subIndication[verdict], reasons: [...reasons[verdict]] };
  return {
    ...said,
    format: 'pdf',
    verifiedAt: at,
    wasOnline: verdict !== 'indeterminate',
    revocationAnswers: [],
    signatureCount: 1,
    signatures: [
      {
        ...said,
        signer: {
          name: 'JOSÉ MARTÍNEZ SOLER',
          identifier: '12345678Z',
          organization: null,
          organizationIdentifier: null,
          certificateSerial: '4f2a',
        },
        issuer: 'AC de demostración',
        signingTime: at,
        level: 'B-T',
        coversWholeFile: true,
        modificationsAfter: verdict === 'failed' ? 'suspicious' : 'none',
        timestamps: [],
        revocation: { status: 'good', source: 'ocsp', statedAt: at, revokedAt: null },
      },
    ],
  };
}

/** Files that come from outside, as the window sees them: a name with «rota», «dudosa» or «programa» decides the outcome. */
export function makeBroughtFiles({ put, now }: Surroundings) {
  const staged = new Map<string, StagedFile>();
  const parts = new Map<string, Uint8Array[]>();
  const refusals: Refusal[] = [];

  function get(digest: string): StagedFile {
    const file = staged.get(digest);
    if (file === undefined) throw new AppError('file.notStaged');
    return file;
  }

  const verify = (digest: string) => verifyNamed(get(digest).name, now());

  return {
    refusals,
    verify,
    discard: (digest: string) => staged.delete(digest),
    async stage({
      uploadId,
      name,
      byteLength,
      offset,
      bytes,
    }: MethodInput<'files.stage'>): Promise<MethodOutput<'files.stage'>> {
      if (byteLength === 0) throw new AppError('file.empty');
      const known = offset === 0 ? [] : (parts.get(uploadId) ?? []);
      known.push(bytes);
      parts.set(uploadId, known);
      const received = offset + bytes.length;
      if (received < byteLength) return { received, file: null };
      const whole = new Uint8Array(await new Blob(known.map((part) => new Uint8Array(part))).arrayBuffer());
      const isProgram = /programa/iu.test(name);
      const digest = await put(whole, 'application/pdf');
      const file: StagedFile = {
        digest,
        name,
        byteLength,
        mediaType: isProgram ? null : 'application/pdf',
        isEncrypted: false,
        hasScripts: false,
        refusal: isProgram ? 'executable' : null,
      };
      staged.set(digest, file);
      return { received, file };
    },
    isSlow: (digest: string) => /lento/iu.test(get(digest).name),
    /** One whose name says so was taken with too few points. */
    compare(digest: string, pageCount: number): NonNullable<DocumentView['comparedFile']> {
      const { name, byteLength } = get(digest);
      const isCoarse = /baja/iu.test(name);
      const obstacles = isCoarse ? [{ page: 1, kind: 'lowResolution' as const, dpi: 96, profileDpi: 300 }] : [];
      staged.delete(digest);
      return { name, byteLength, sha256: digest, pageCount, isCopy: !isCoarse, obstacles };
    },
    bring({ digest, role, title }: MethodInput<'documents.bring'>, position: number): DocumentView {
      const file = get(digest);
      const verification = verify(digest);
      if (file.mediaType === null) throw new AppError('file.notAdmitted');
      if (role === 'application' && verification.verdict === 'failed') throw new AppError('file.applicationRefused');
      const { name, byteLength, mediaType, isEncrypted, hasScripts } = file;
      return {
        documentId: crypto.randomUUID(),
        role,
        position,
        title,
        documentType: role === 'application' ? 'TD14' : 'TD99',
        origin: 'brought',
        nature: null,
        elaborationState: 'EE01',
        fileName: role === 'application' ? 'application.pdf' : `0${position + 1}-archivo.pdf`,
        pageCount: 1,
        pages: [],
        preparedDigest: digest,
        signedDigest: null,
        signatureLevel: null,
        verificationCode: null,
        signedByCitizen: false,
        file: {
          name,
          mediaType,
          byteLength,
          sha256: digest,
          isEncrypted,
          hasScripts,
          signatureType: 'TF06',
          signature: null,
        },
        verification,
        announcedSheets: null,
        comparedFile: null,
        paperFate: 'returned',
      };
    },
    async refuse({ attentionId, digest }: MethodInput<'refusals.create'>): Promise<Refusal> {
      const file = get(digest);
      const { verdict, subIndication, reasons } = verify(digest);
      if (file.refusal === null && verdict !== 'failed') throw new AppError('refusal.notGrounded');
      const refusal: Refusal = {
        refusalId: crypto.randomUUID(),
        at: now(),
        officerId: officer.officerId,
        officerName: officer.fullName,
        attentionId,
        fileName: file.name,
        sha256: file.digest,
        byteLength: file.byteLength,
        grounds: file.refusal ?? 'signatureFailed',
        verification: file.refusal === null ? { verdict, subIndication, reasons } : null,
        pdfDigest: await put(makePdf(['Fichero no admitido', file.name]), 'application/pdf'),
        sealedBy: 'organSeal',
      };
      refusals.unshift(refusal);
      staged.delete(digest);
      return refusal;
    },
  };
}

/** Annexes of a registered record: one that still waits for its answer, and one whose signature failed afterwards. */
export function makeBroughtRecord(sha256: string, at: string) {
  const make = (number: number, title: string, name: string): RecordDocument => ({
    documentId: `00000000-0000-4000-8000-00000000091${String(number)}`,
    role: 'annex',
    title,
    fileName: `0${String(number)}-annex.pdf`,
    mediaType: 'application/pdf',
    pageCount: 1,
    byteLength: 53_248,
    sha256: sha256.replace(/^./u, String(number)),
    verificationCode: `VEBR-7Q4M-2HX9-K3T${String(number)}`,
    eniId: `ES_L01999990_2026_00000000000000000000000000001${String(number)}`,
    documentType: 'TD99',
    elaborationState: 'EE01',
    origin: 'citizen',
    nature: null,
    capturedAt: at,
    language: 'es',
    keptUntil: null,
    resolutionDpi: null,
    colorMode: null,
    scanProfile: null,
    signatureLevel: null,
    file: {
      name,
      mediaType: 'application/pdf',
      byteLength: 53_248,
      sha256: sha256.replace(/^./u, String(number)),
      isEncrypted: false,
      hasScripts: false,
      signatureType: 'TF06',
      signature: null,
    },
    verification: verifyNamed('dudosa', at),
    eniXmlSha256: sha256,
  });
  const waiting = make(1, 'Informe del arquitecto', 'informe.pdf');
  const failed = make(2, 'Presupuesto', 'presupuesto.pdf');
  return {
    documents: [waiting, failed],
    verifications: {
      [waiting.documentId]: verifyNamed('dudosa', at),
      [failed.documentId]: verifyNamed('rota', '2026-11-23T08:15:00+01:00'),
    },
  };
}
