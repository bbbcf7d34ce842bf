import { AppError } from '../contract/errors.ts';
import { isSelfIssued, readCertificate } from '../documents/signing/certificate.ts';
import type { Certificate } from '../documents/signing/certificate.ts';
import { findCertificatePath } from '../documents/signing/certificate-path.ts';
import { checkSignedData, findSingleAttribute, readSignedData } from '../documents/signing/cms-reader.ts';
import type { SignedData } from '../documents/signing/cms-reader.ts';
import { oid } from '../documents/signing/oids.ts';
import type { RevocationEvidence } from '../documents/signing/pdf-evidence.ts';
import { readSignatures } from '../documents/signing/pdf-signatures.ts';
import type { PdfSignature } from '../documents/signing/pdf-signatures.ts';
import { readTokenInfo } from '../documents/signing/timestamp.ts';
import type { RevocationAnswer, RevocationSource } from './revocation.ts';

export type GatheringOptions = Readonly<{
  /** DER of the authorities that are trusted. */
  trusted: readonly Uint8Array[];
  revocation: RevocationSource;
  /** The present: what no time stamp proves to be older must be in force now. */
  at: Date;
  /** A revocation up to here counts against what has no proof of time. */
  since: Date;
  signal: AbortSignal;
}>;

export type EvidenceProblem = 'certificateRevoked' | 'certificateExpired' | 'statusUnknown';

/** A late time stamp rescues nothing: what was lost before the proof of time is a problem, not a failure. */
export type GatheredEvidence =
  | Readonly<{ outcome: 'gathered'; evidence: RevocationEvidence }>
  | Readonly<{ outcome: 'problem'; problem: EvidenceProblem }>;

type Judgement = 'good' | EvidenceProblem;

/** Reason of a revocation list that may be taken back (RFC 5280 §5.3.1). */
const certificateHold = 6;

/**
 * Certificates of every signer and time-stamp authority in a PDF up to a trusted root, and what their issuers say of each:
 * all that proves the signatures at the time of their stamps. Throws `revocation.unavailable` when nobody answers and
 * `revocation.rejected` when an answer does not prove itself.
 */
export async function gatherEvidence(pdf: Uint8Array, options: GatheringOptions): Promise<GatheredEvidence> {
  const gathering = createGathering(options);
  const signatures = readSignatures(pdf);
  const stamps: { time: Date; coveredLength: number }[] = [];
  for (const signature of signatures.filter(({ type }) => type === 'documentTimestamp')) {
    const time = await gathering.addTimestamp(readSignedData(signature.contents), signature.contents);
    if (time !== null) stamps.push({ time, coveredLength: signature.coveredLength });
  }
  let problem: EvidenceProblem | null = null;
  for (const signature of signatures.filter(({ type }) => type === 'signature')) {
    const proofs = stamps
      .filter(({ coveredLength }) => coveredLength > signature.coveredLength)
      .map(({ time }) => time);
    const judgement = await judgeSignature(signature, proofs, gathering);
    if (judgement !== 'good') problem = worse(problem, judgement);
  }
  return problem === null ? { outcome: 'gathered', evidence: gathering.evidence() } : { outcome: 'problem', problem };
}

/** What is known of the authority behind a document time stamp, to judge a version before it is kept. */
export async function gatherTimestampEvidence(
  token: Uint8Array,
  options: GatheringOptions,
): Promise<RevocationEvidence> {
  const gathering = createGathering(options);
  await gathering.addTimestamp(readSignedData(token), token);
  return gathering.evidence();
}

async function judgeSignature(
  signature: PdfSignature,
  documentStamps: readonly Date[],
  gathering: Gathering,
): Promise<Judgement> {
  const signedData = readSignedData(signature.contents);
  const proofs = [...documentStamps];
  for (const signer of signedData.signers) {
    const token = findSingleAttribute(signer.unsignedAttributes, oid.signatureTimestamp);
    const time = token === null ? null : await gathering.addTimestamp(readSignedData(token.raw), token.raw);
    if (time !== null) proofs.push(time);
  }
  const earliest = proofs.toSorted((left, right) => left.getTime() - right.getTime())[0] ?? null;
  return gathering.addSigner(signedData, earliest);
}

type Gathering = Readonly<{
  /** Time of a stamp whose authority is trusted and was not revoked then; null for one that proves nothing. */
  addTimestamp(signedData: SignedData, token: Uint8Array): Promise<Date | null>;
  addSigner(signedData: SignedData, proof: Date | null): Promise<Judgement>;
  evidence(): RevocationEvidence;
}>;

function createGathering({ trusted, revocation, at, since, signal }: GatheringOptions): Gathering {
  const anchors = trusted.map(readCertificate);
  const roots = anchors.filter(isSelfIssued);
  const certificates = new Map<string, Buffer>();
  const answers = new Map<string, RevocationAnswer>();

  function keep(certificate: Certificate): void {
    certificates.set(certificate.der.toString('base64'), certificate.der);
  }

  async function judge(signedData: SignedData, time: Date, askedSince: Date | null): Promise<Judgement | 'noPath'> {
    const { certificate } = checkSignedData(signedData, []);
    if (certificate === null) return 'noPath';
    const pool = [...signedData.certificates, ...anchors];
    const found = findCertificatePath(certificate, { pool, anchors: roots, at: time });
    if (found.outcome === 'noPath') return 'noPath';
    if (found.outcome === 'outOfDate') return time > found.certificate.notAfter ? 'certificateExpired' : 'noPath';
    let judgement: Judgement = 'good';
    for (const [index, member] of found.path.entries()) {
      keep(member);
      const issuer = found.path[index + 1];
      if (issuer === undefined) continue;
      // Authorities change slowly: what they last said of one another holds until it expires.
      const own = await judgeMember(member, issuer, time, index === 0 ? askedSince : null);
      if (own !== 'good') judgement = worse(judgement === 'good' ? null : judgement, own);
    }
    return judgement;
  }

  async function judgeMember(
    certificate: Certificate,
    issuer: Certificate,
    time: Date,
    askedSince: Date | null,
  ): Promise<Judgement> {
    let answer: RevocationAnswer | null;
    try {
      answer = await revocation.ask({ certificate, issuer, since: askedSince, signal });
    } catch (error) {
      if (error instanceof AppError && error.details['reason'] === 'unknown') return 'statusUnknown';
      throw error;
    }
    if (answer === null) return 'good';
    answers.set(answer.response.toString('base64'), answer);
    for (const extra of answer.certificates) keep(extra);
    if (answer.status.status !== 'revoked' || answer.status.at > time) return 'good';
    return answer.status.reason === certificateHold ? 'statusUnknown' : 'certificateRevoked';
  }

  return {
    async addTimestamp(signedData, token) {
      const { time } = readTokenInfo(token);
      return (await judge(signedData, time, null)) === 'good' ? time : null;
    },
    async addSigner(signedData, proof) {
      const judgement = await judge(signedData, proof ?? at, proof ?? since);
      // The authority may come with the next reference data.
      return judgement === 'noPath' ? 'statusUnknown' : judgement;
    },
    evidence() {
      const responses = (kind: RevocationAnswer['kind']): readonly Buffer[] =>
        [...answers.values()].filter((answer) => answer.kind === kind).map(({ response }) => response);
      return { certificates: [...certificates.values()], ocsps: responses('ocsp'), crls: responses('crl') };
    },
  };
}

const gravity: readonly EvidenceProblem[] = ['statusUnknown', 'certificateExpired', 'certificateRevoked'];

function worse(known: EvidenceProblem | null, found: EvidenceProblem): EvidenceProblem {
  return known !== null && gravity.indexOf(known) > gravity.indexOf(found) ? known : found;
}
