import type { XmlElement } from 'libxml2-wasm';
import { digestOf } from '../signing/algorithms.ts';
import type { Certificate } from '../signing/certificate.ts';
import { wrapBasicOcsp } from '../signing/cms-evidence.ts';
import { derChildren, derTag, readDer } from '../signing/der.ts';
import { readCertificates } from '../signing/trust-evaluation.ts';
import type { OwnEvidence } from '../signing/trust-evaluation.ts';
import {
  attributeOf,
  childElements,
  decodeBase64,
  isXades,
  onlySignatureChild,
  signatureChildren,
  xadesChildren,
  xadesPath,
} from './xml-document.ts';
import { isInside, listSignatureElements, readDigestMethod } from './xml-references.ts';
import type { CheckedReference } from './xml-references.ts';

/** The XAdES part of a signature. */
export type XadesProperties = Readonly<{
  /** Null when the signature has none, or has several. */
  signedProperties: XmlElement | null;
  unsignedProperties: readonly XmlElement[];
  signingTime: string | null;
  certificateDigests: readonly CertificateDigest[];
  dataTimestamps: readonly XmlElement[];
}>;

type CertificateDigest = Readonly<{ holder: XmlElement; value: Buffer }>;

const signedPropertiesType = /^http:\/\/uri\.etsi\.org\/01903(?:\/v1\.\d\.\d)?#SignedProperties$/;

/** Reads the QualifyingProperties that lie in an Object of this very signature; null for a plain XML signature. */
export function readXadesProperties(signature: XmlElement): XadesProperties | null {
  const qualifying = signatureChildren(signature, 'Object').flatMap((object) =>
    xadesChildren(object, 'QualifyingProperties'),
  );
  const [properties, ...others] = qualifying;
  if (properties === undefined) return null;
  const signed = others.length === 0 ? xadesChildren(properties, 'SignedProperties') : [];
  const signedProperties = signed.length === 1 && isTarget(properties, signature) ? (signed[0] ?? null) : null;
  const own = signedProperties === null ? null : xadesPath(signedProperties, 'SignedSignatureProperties');
  const data = signedProperties === null ? null : xadesPath(signedProperties, 'SignedDataObjectProperties');
  const unsigned = xadesPath(properties, 'UnsignedProperties', 'UnsignedSignatureProperties');
  return {
    signedProperties,
    unsignedProperties: unsigned === null ? [] : childElements(unsigned),
    signingTime: own === null ? null : readTime(xadesPath(own, 'SigningTime')),
    certificateDigests: own === null ? [] : readCertificateDigests(own),
    dataTimestamps: data === null ? [] : childElements(data).filter((child) => isXades(child)),
  };
}

// Properties that say that they are another signature's do not qualify this one. A Target that names nothing does no harm: it
// is the reference of the signature that binds the properties to it.
function isTarget(properties: XmlElement, signature: XmlElement): boolean {
  const target = attributeOf(properties, 'Target')?.replace(/^#/, '') ?? '';
  if (target === '' || target === attributeOf(signature, 'Id')) return true;
  return !listSignatureElements(signature.doc).some((other) => attributeOf(other, 'Id') === target);
}

/** Whether one of the references covers the properties, and says so (ETSI EN 319 132-1 §4.4.2). */
export function coversSignedProperties(
  properties: XmlElement,
  references: readonly CheckedReference[],
  areTyped = true,
): boolean {
  return references.some(
    ({ type, target }) =>
      (isPropertiesType(type) || (type === null && !areTyped)) &&
      target?.kind === 'element' &&
      target.element.isSameNode(properties),
  );
}

export function isPropertiesType(type: string | null): boolean {
  return type !== null && signedPropertiesType.test(type);
}

function readTime(element: XmlElement | null): string | null {
  const time = new Date(element?.content.trim() ?? '');
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
}

function readCertificateDigests(properties: XmlElement): readonly CertificateDigest[] {
  return ['SigningCertificateV2', 'SigningCertificate'].flatMap((name) =>
    xadesChildren(properties, name)
      .flatMap((list) => xadesChildren(list, 'Cert'))
      .flatMap((certificate) => xadesChildren(certificate, 'CertDigest'))
      .flatMap((holder) => {
        const value = onlySignatureChild(holder, 'DigestValue');
        return value === null ? [] : [{ holder, value: decodeBase64(value.content) }];
      }),
  );
}

export function isCertificateDigest({ holder, value }: CertificateDigest, certificate: Certificate): boolean {
  const hash = readDigestMethod(holder);
  return hash !== null && value.equals(digestOf(hash, certificate.der));
}

/** Certificates of KeyInfo in the order of the file. */
export function readKeyCertificates(signature: XmlElement): readonly Certificate[] {
  const keyInfo = onlySignatureChild(signature, 'KeyInfo');
  if (keyInfo === null) return [];
  const encoded = signatureChildren(keyInfo, 'X509Data').flatMap((data) => signatureChildren(data, 'X509Certificate'));
  return readCertificates(encoded.map((element) => decodeBase64(element.content)));
}

/** Certificates and revocation data among the unsigned properties, those of time stamps included. */
export function readXadesEvidence(signature: XmlElement, keyCertificates: readonly Certificate[]): OwnEvidence {
  const values = (name: string): readonly Buffer[] =>
    signature
      .find(`.//*[local-name()='${name}']`)
      .filter((node) => isInside(node as XmlElement, signature))
      .map((node) => decodeBase64(node.content));
  return {
    certificates: [...keyCertificates, ...readCertificates(values('EncapsulatedX509Certificate'))],
    ocsps: values('EncapsulatedOCSPValue').map(wholeOcsp),
    crls: [...values('EncapsulatedCRLValue'), ...values('X509CRL')],
  };
}

// Most programs keep the whole answer, some only the part that is signed.
function wholeOcsp(der: Buffer): Buffer {
  try {
    return derChildren(readDer(der))[0]?.tag === derTag.enumerated ? der : wrapBasicOcsp(der);
  } catch {
    return der;
  }
}
