import { readCertificates } from './trust-evaluation.ts';
import type { OwnEvidence } from './trust-evaluation.ts';
import type { CmsAttribute, SignedData, SignerInfo } from './cms-reader.ts';
import {
  derChildren,
  derTag,
  encodeElement,
  encodeObjectIdentifier,
  encodeOctetString,
  encodeSequence,
} from './der.ts';
import type { DerNode } from './der.ts';
import { oid } from './oids.ts';

type Revocations = Readonly<{ ocsps: readonly Buffer[]; crls: readonly Buffer[] }>;

/** Certificates and revocation data that a CMS signature brings along, wherever its profile keeps them. */
export function readCmsEvidence(signedData: SignedData, signer: SignerInfo | null): OwnEvidence {
  const attributes = [...(signer?.signedAttributes ?? []), ...(signer?.unsignedAttributes ?? [])];
  const values = (type: string): readonly DerNode[] => valuesOf(attributes, type);
  const revocations = [
    ...values(oid.revocationValues).map(readRevocationValues),
    ...values(oid.adobeRevocationArchival).map(readRevocationArchival),
  ];
  const certificates = values(oid.certificateValues).flatMap((value) => childrenOf(value).map((node) => node.raw));
  return {
    certificates: [...signedData.certificates, ...readCertificates(certificates)],
    ocsps: [...signedData.ocsps, ...revocations.flatMap(({ ocsps }) => ocsps)],
    crls: [...signedData.crls, ...revocations.flatMap(({ crls }) => crls)],
  };
}

/** All values of an attribute, however often it occurs. */
export function valuesOf(attributes: readonly CmsAttribute[], type: string): readonly DerNode[] {
  return attributes.filter((attribute) => attribute.type === type).flatMap((attribute) => attribute.values);
}

/** OCSPResponse around a BasicOCSPResponse, which is all that some profiles keep of an answer. */
export function wrapBasicOcsp(basic: Uint8Array): Buffer {
  const bytes = encodeSequence(encodeObjectIdentifier(oid.ocspBasic), encodeOctetString(basic));
  return encodeSequence(encodeElement(derTag.enumerated, Buffer.from([0])), encodeElement(0xa0, bytes));
}

// RevocationValues (ETSI EN 319 122-1 annex A.1.3): [0] lists, [1] basic OCSP responses.
function readRevocationValues(node: DerNode): Revocations {
  const under = (tag: number): readonly Buffer[] =>
    childrenOf(node)
      .filter((child) => child.tag === tag)
      .flatMap(childrenOf)
      .flatMap(childrenOf)
      .map((child) => child.raw);
  return { crls: under(0xa0), ocsps: under(0xa1).map(wrapBasicOcsp) };
}

// Adobe's RevocationInfoArchival (ISO 32000-1 §12.8.3.3.2): [0] lists, [1] OCSP responses.
function readRevocationArchival(node: DerNode): Revocations {
  const { crls } = readRevocationValues(node);
  const whole = childrenOf(node)
    .filter((child) => child.tag === 0xa1)
    .flatMap(childrenOf)
    .flatMap(childrenOf);
  return { crls, ocsps: whole.map((child) => child.raw) };
}

// Evidence that cannot be read proves nothing and spoils nothing.
function childrenOf(node: DerNode): readonly DerNode[] {
  try {
    return derChildren(node);
  } catch {
    return [];
  }
}
