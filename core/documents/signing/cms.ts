import { AppError } from '../../contract/errors.ts';
import { digestOf, encodeHashAlgorithm, encodeSignatureAlgorithm, hashOfAlgorithm } from './algorithms.ts';
import type { HashName, SignatureAlgorithm } from './algorithms.ts';
import { readCertificate } from './certificate.ts';
import type { Certificate } from './certificate.ts';
import {
  derTag,
  encodeElement,
  encodeInteger,
  encodeObjectIdentifier,
  encodeOctetString,
  encodeSequence,
  encodeSetOf,
} from './der.ts';
import { oid } from './oids.ts';
import { verifyRawSignature } from './raw-signature.ts';

/** A key somewhere (card, file, module) that signs bytes: RSA as PKCS#1 v1.5, ECDSA as the DER of (r, s). */
export type RawSigner = Readonly<{
  /** DER of the signer's certificate, and of the authorities above it as far as known. */
  certificate: Uint8Array;
  chain: readonly Uint8Array[];
  algorithm: SignatureAlgorithm;
  /** Hashes `data` with the algorithm's digest and signs it. */
  sign(data: Uint8Array): Promise<Uint8Array>;
}>;

/** Brings an RFC 3161 token (DER) for a digest, already verified; rejects with AppError `timestamp.*`. */
export type TimestampSource = (imprint: Readonly<{ hash: HashName; digest: Uint8Array }>) => Promise<Uint8Array>;

export type SignedCms = Readonly<{
  cms: Buffer;
  level: 'B-B' | 'B-T';
  /** Why there is no time stamp although a source was given. */
  timestampError?: AppError;
}>;

/**
 * Signs a content digest as CAdES inside PAdES (ETSI EN 319 142-1 §6.3): content-type, message-digest and
 * signing-certificate-v2, no signing-time, one signer, content detached. A time-stamp source that fails, or whose token
 * would not fit in `maximumBytes`, leaves level B-B.
 * Throws AppError `signature.keyMismatch` when the answer of the key does not verify with the certificate.
 */
export async function signCms(
  request: Readonly<{
    contentDigest: Uint8Array;
    signer: RawSigner;
    timestamp?: TimestampSource | undefined;
    maximumBytes: number;
  }>,
): Promise<SignedCms> {
  const { signer } = request;
  const certificate = readCertificate(signer.certificate);
  const hash = hashOfAlgorithm(signer.algorithm);
  const attributes = encodeSignedAttributes(request.contentDigest, certificate, hash);
  const signature = await signer.sign(attributes);
  if (!verifyRawSignature(certificate, signer.algorithm, attributes, signature)) {
    throw new AppError('signature.keyMismatch');
  }
  const parts = { signer, certificate, hash, attributes, signature };
  if (request.timestamp === undefined) return { cms: encodeSignedData(parts), level: 'B-B' };
  try {
    const token = await request.timestamp({ hash, digest: digestOf(hash, signature) });
    const cms = encodeSignedData({ ...parts, timestampToken: token });
    // The card has signed: a token that does not fit must not cost the officer another PIN.
    if (cms.length > request.maximumBytes) throw new AppError('timestamp.rejected', { reason: 'size' });
    return { cms, level: 'B-T' };
  } catch (cause) {
    const timestampError = cause instanceof AppError ? cause : new AppError('timestamp.unavailable', {}, { cause });
    return { cms: encodeSignedData(parts), level: 'B-B', timestampError };
  }
}

/** The SET OF signed attributes, as it is hashed and signed (RFC 5652 §5.4). */
export function encodeSignedAttributes(contentDigest: Uint8Array, certificate: Certificate, hash: HashName): Buffer {
  return encodeSetOf([
    encodeAttribute(oid.contentType, encodeObjectIdentifier(oid.data)),
    encodeAttribute(oid.messageDigest, encodeOctetString(contentDigest)),
    encodeAttribute(oid.signingCertificateV2, encodeSigningCertificate(certificate, hash)),
  ]);
}

// RFC 5035 §4: the hash algorithm is left out when it is the default, SHA-256.
function encodeSigningCertificate(certificate: Certificate, hash: HashName): Buffer {
  const certificateHash = encodeOctetString(digestOf(hash, certificate.der));
  const generalName = encodeElement(0xa4, certificate.issuerDer);
  const issuerSerial = encodeSequence(encodeSequence(generalName), certificate.serial);
  const identifier =
    hash === 'sha256' ? [certificateHash, issuerSerial] : [encodeHashAlgorithm(hash), certificateHash, issuerSerial];
  return encodeSequence(encodeSequence(encodeSequence(...identifier)));
}

function encodeSignedData(
  parts: Readonly<{
    signer: RawSigner;
    certificate: Certificate;
    hash: HashName;
    attributes: Buffer;
    signature: Uint8Array;
    timestampToken?: Uint8Array;
  }>,
): Buffer {
  const { signer, certificate, hash } = parts;
  // Inside SignerInfo the same attributes carry the tag [0] instead of SET.
  const signedAttributes = Buffer.from(parts.attributes);
  signedAttributes[0] = 0xa0;
  const unsignedAttributes =
    parts.timestampToken === undefined
      ? []
      : [encodeSetOf([encodeAttribute(oid.signatureTimestamp, parts.timestampToken)], 0xa1)];
  const signerInfo = encodeSequence(
    encodeInteger(1),
    encodeSequence(certificate.issuerDer, certificate.serial),
    encodeHashAlgorithm(hash),
    signedAttributes,
    encodeSignatureAlgorithm(signer.algorithm),
    encodeOctetString(parts.signature),
    ...unsignedAttributes,
  );
  const certificates = uniqueBytes([certificate.der, ...signer.chain]);
  const signedData = encodeSequence(
    encodeInteger(1),
    encodeSetOf([encodeHashAlgorithm(hash)]),
    encodeSequence(encodeObjectIdentifier(oid.data)),
    encodeSetOf(certificates, 0xa0),
    encodeElement(derTag.set, signerInfo),
  );
  return encodeSequence(encodeObjectIdentifier(oid.signedData), encodeElement(0xa0, signedData));
}

function encodeAttribute(type: string, value: Uint8Array): Buffer {
  return encodeSequence(encodeObjectIdentifier(type), encodeSetOf([value]));
}

function uniqueBytes(items: readonly Uint8Array[]): readonly Uint8Array[] {
  return [...new Map(items.map((item) => [Buffer.from(item).toString('latin1'), item])).values()];
}
