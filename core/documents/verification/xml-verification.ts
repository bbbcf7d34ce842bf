import { XmlError } from 'libxml2-wasm';
import type { XmlElement } from 'libxml2-wasm';
import { isWeakHash } from '../signing/algorithms.ts';
import { displayName } from '../signing/certificate.ts';
import type { Certificate } from '../signing/certificate.ts';
import { identityOf } from '../signing/certificate-identity.ts';
import { judgeSigner, judgeTimestamp, noRevocation } from '../signing/trust-evaluation.ts';
import type { CheckedTimestamp, OwnEvidence, TrustContext } from '../signing/trust-evaluation.ts';
import { worstFinding } from '../signing/verification-model.ts';
import type { SignatureLevel, VerificationReason } from '../signing/verification-model.ts';
import { summarize } from './document-verification.ts';
import type { DocumentVerification, VerifiedSignature } from './document-verification.ts';
import { checkXadesRecords } from './evidence-record-xades.ts';
import { reasonsOf } from '../signing/evidence-record.ts';
import type { CheckedRecord } from '../signing/evidence-record.ts';
import {
  coversSignedProperties,
  isCertificateDigest,
  isPropertiesType,
  readKeyCertificates,
  readXadesEvidence,
  readXadesProperties,
} from './xades-properties.ts';
import type { XadesProperties } from './xades-properties.ts';
import { checkDataTimestamps, checkXadesTimestamps } from './xades-timestamps.ts';
import { canonicalize, readCanonicalization } from './xml-canonical.ts';
import { findCoverage, isDataReference, isMisplacedCountersignature } from './xml-coverage.ts';
import { attributeOf, decodeBase64, onlySignatureChild, openXml, signatureNamespace } from './xml-document.ts';
import type { XmlFile } from './xml-document.ts';
import { checkReferences, listSignatureElements } from './xml-references.ts';
import type { CheckedReference, ReferenceContext } from './xml-references.ts';
import { checkSignatureValue, hashOfSignatureMethod } from './xml-signature-value.ts';

export type XmlOptions = Readonly<{
  trust: TrustContext;
  detached: Uint8Array | null;
  /** Content of a container by its name; without it only `detached` is at hand. */
  findContent?: (uri: string) => Uint8Array | null;
  /** Evidence records of a container over the whole file. */
  records?: readonly CheckedRecord[];
  /** False where a form of signatures does not ask the reference to the properties to say what it is. */
  arePropertiesTyped?: boolean;
}>;

// More than any file of a case; each may make the document be canonicalized once more.
const maximumSignatures = 100;

/** Verifies the XMLDSig and XAdES signatures of an XML document: enveloped, enveloping, internally or wholly detached. */
export function verifyXml(bytes: Uint8Array, options: XmlOptions): DocumentVerification {
  const file = openXml(bytes);
  if (file === 'unreadable' || file === 'documentType') {
    if (!mentionsSignature(bytes)) return summarize('xml', []);
    return summarize('xml', [], [file === 'unreadable' ? 'unreadableSignature' : 'documentType']);
  }
  try {
    const signatures = listSignatureElements(file.document);
    if (signatures.length > 0 && isDigiDoc(file.root)) return summarize('xml', [], ['unsupportedFormat']);
    if (signatures.length > maximumSignatures) return summarize('xml', [], ['limitReached']);
    const judged = signatures.map((signature) => verifySignature(signature, file, options));
    // What was given to be verified must be what one of them signs.
    const isLeftOut = options.detached !== null && !judged.some(({ isOfDetached }) => isOfDetached);
    return summarize(
      'xml',
      judged.map(({ verified }) => verified),
      isLeftOut && judged.length > 0 ? ['signedDataMissing'] : [],
    );
  } catch (error) {
    // There is no canonical form of, say, a relative namespace (Canonical XML 1.1 §1.3).
    if (error instanceof XmlError) return summarize('xml', [], ['unreadableSignature']);
    throw error;
  } finally {
    file.dispose();
  }
}

// Estonian documents until 2014 (DIGIDOC-XML, SK-XML): their programs digested other octets than XML signatures say, so that a
// good one would look altered here.
function isDigiDoc(root: XmlElement): boolean {
  return root.name === 'SignedDoc' && /^(?:DIGIDOC|SK)-XML$/.test(attributeOf(root, 'format') ?? '');
}

function mentionsSignature(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1').replaceAll('\0', '');
  return text.includes(signatureNamespace);
}

type JudgedSignature = Readonly<{ verified: VerifiedSignature; isOfDetached: boolean }>;

function verifySignature(signature: XmlElement, file: XmlFile, options: XmlOptions): JudgedSignature {
  const reasons: VerificationReason[] = [];
  const properties = readXadesProperties(signature);
  const keyCertificates = readKeyCertificates(signature);
  const own = readXadesEvidence(signature, keyCertificates);
  const certificate = findSigner(properties, keyCertificates, own, reasons);
  const signedInfo = onlySignatureChild(signature, 'SignedInfo');
  const references = signedInfo === null ? [] : checkReferences(signedInfo, referenceContext(signature, file, options));
  reasons.push(...references.flatMap((reference) => reference.reasons));
  // ETSI EN 319 102-1 §5.2.7: where nothing is signed there is no value to check.
  if (signedInfo === null || references.some((reference) => isDataReference(reference, signature)))
    checkValue(signature, signedInfo, certificate, reasons);
  else reasons.push('signedDataMissing');
  const isUnsigned =
    properties !== null &&
    (properties.signedProperties === null ||
      !coversSignedProperties(properties.signedProperties, references, options.arePropertiesTyped !== false));
  // A reference to properties says that there were some.
  const areLost = properties === null && references.some(({ type }) => isPropertiesType(type));
  if (isUnsigned || areLost) reasons.push('signedPropertiesMissing');
  const coverage = findCoverage(file, signature, references);
  if (coverage.hasUnsignedContent) reasons.push('unsignedContent');
  if (isMisplacedCountersignature(signature, references)) reasons.push('signedDataMissing');
  const { timestamps, contentTimestamps } = judgeTimestamps(signature, properties, references, own, options.trust);
  const records = [
    ...checkXadesRecords(signature, properties, references, own, options.trust),
    ...(options.records ?? []),
  ];
  reasons.push(...reasonsOf(records));
  const recordTimestamps = records.flatMap((record) => record.timestamps);
  // Without all that is signed nobody can tell whether the stamps that cover it are sound.
  const isWhole = references.every(({ octets }) => octets !== null);
  const all = isWhole
    ? [...contentTimestamps, ...timestamps]
    : timestamps.filter(({ verification }) => verification.kind !== 'archive');
  if (all.some(({ verification }) => !verification.isIntact)) reasons.push('timestampInvalid');
  if ([...all, ...recordTimestamps].some(({ verification }) => verification.isIntact && !verification.isTrusted))
    reasons.push('timestampNotTrusted');
  const signingTime = properties?.signingTime ?? null;
  const proofs = [...timestamps, ...recordTimestamps];
  const judged =
    certificate === null
      ? { revocation: noRevocation, reasons: [] }
      : judgeSigner(
          { certificate, own, timestamps: proofs, contentTimestamps, claimedTime: signingTime },
          options.trust,
        );
  reasons.push(...judged.reasons);
  const finding = worstFinding(reasons);
  const verified: VerifiedSignature = {
    verdict: finding?.verdict ?? 'passed',
    subIndication: finding?.subIndication ?? null,
    signer: certificate === null ? null : identityOf(certificate),
    issuer: certificate === null ? null : displayName(certificate.issuer),
    signingTime,
    level: properties === null ? null : levelOf(timestamps, own),
    coversWholeFile: coverage.coversWholeFile,
    modificationsAfter: 'none',
    timestamps: [...all, ...recordTimestamps].map(({ verification }) => verification),
    revocation: judged.revocation,
    reasons: [...new Set(reasons)],
    signedContent: coverage.signedContent,
  };
  return { verified, isOfDetached: references.some((reference) => isOf(options.detached, reference)) };
}

// The signature may hold a copy of what lies apart.
function isOf(detached: Uint8Array | null, { target, octets }: CheckedReference): boolean {
  return target?.kind === 'external' || (detached !== null && octets?.equals(detached) === true);
}

/** The certificate that the signed properties name; without them the one of KeyInfo that issued none of the others. */
function findSigner(
  properties: XadesProperties | null,
  keyCertificates: readonly Certificate[],
  own: OwnEvidence,
  reasons: VerificationReason[],
): Certificate | null {
  const [reference] = properties?.certificateDigests ?? [];
  if (reference !== undefined) {
    const named = own.certificates.find((candidate) => isCertificateDigest(reference, candidate));
    if (named !== undefined) return named;
    reasons.push('signingCertificateMismatch');
  } else {
    reasons.push('signingCertificateMissing');
  }
  const leaf = keyCertificates.find(
    (candidate) =>
      !keyCertificates.some((other) => other !== candidate && other.issuerDer.equals(candidate.subjectDer)),
  );
  const found = leaf ?? keyCertificates[0] ?? null;
  if (found === null) reasons.push('signerCertificateMissing');
  return found;
}

function checkValue(
  signature: XmlElement,
  signedInfo: XmlElement | null,
  certificate: Certificate | null,
  reasons: VerificationReason[],
): void {
  const value = onlySignatureChild(signature, 'SignatureValue');
  const method = signedInfo === null ? null : onlySignatureChild(signedInfo, 'SignatureMethod');
  const canonical = signedInfo === null ? null : onlySignatureChild(signedInfo, 'CanonicalizationMethod');
  if (signedInfo === null || value === null || method === null || canonical === null) {
    reasons.push('unreadableSignature');
    return;
  }
  const form = readCanonicalization(canonical);
  const algorithm = attributeOf(method, 'Algorithm') ?? '';
  const hash = hashOfSignatureMethod(algorithm);
  if (form === null || hash === null) {
    reasons.push('algorithmUnsupported');
    return;
  }
  if (isWeakHash(hash)) reasons.push('algorithmWeak');
  if (certificate === null) return;
  const data = canonicalize(signedInfo, form);
  const check = checkSignatureValue(algorithm, certificate.publicKeyInfo, data, decodeBase64(value.content));
  if (check === 'invalid') reasons.push('signatureInvalid');
  if (check === 'unsupported') reasons.push('algorithmUnsupported');
}

function referenceContext(signature: XmlElement, file: XmlFile, options: XmlOptions): ReferenceContext {
  const { findContent, detached } = options;
  return {
    file,
    signature,
    findExternal: (uri) => (findContent !== undefined && uri !== null ? findContent(uri) : detached),
    isNameless: findContent === undefined,
  };
}

function judgeTimestamps(
  signature: XmlElement,
  properties: XadesProperties | null,
  references: readonly CheckedReference[],
  own: OwnEvidence,
  trust: TrustContext,
): Readonly<{ timestamps: readonly CheckedTimestamp[]; contentTimestamps: readonly CheckedTimestamp[] }> {
  if (properties === null) return { timestamps: [], contentTimestamps: [] };
  const judge = (list: ReturnType<typeof checkDataTimestamps>): readonly CheckedTimestamp[] =>
    list.map(({ kind, check }) => judgeTimestamp(kind, check, own, trust));
  return {
    timestamps: judge(checkXadesTimestamps(signature, properties, references, own.certificates)),
    contentTimestamps: judge(checkDataTimestamps(properties, references, own.certificates)),
  };
}

function levelOf(timestamps: readonly CheckedTimestamp[], own: OwnEvidence): SignatureLevel {
  const intact = timestamps.filter(({ verification }) => verification.isIntact);
  if (intact.some(({ verification }) => verification.kind === 'archive')) return 'B-LTA';
  if (intact.length === 0) return 'B-B';
  return own.ocsps.length + own.crls.length > 0 ? 'B-LT' : 'B-T';
}
