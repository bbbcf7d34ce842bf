import type { XmlElement } from 'libxml2-wasm';
import type { Certificate } from '../signing/certificate.ts';
import { checkTokenOver } from '../signing/timestamp.ts';
import type { TimestampCheck } from '../signing/timestamp.ts';
import type { TimestampVerification } from '../signing/verification-model.ts';
import type { XadesProperties } from './xades-properties.ts';
import { isPropertiesType } from './xades-properties.ts';
import { canonicalize, defaultCanonicalization, readCanonicalization } from './xml-canonical.ts';
import type { Canonicalization } from './xml-canonical.ts';
import {
  attributeOf,
  childElements,
  decodeBase64,
  isXades,
  onlySignatureChild,
  signatureChildren,
  xadesChildren,
} from './xml-document.ts';
import type { CheckedReference } from './xml-references.ts';

export type XadesTimestamp = Readonly<{ kind: TimestampVerification['kind']; check: TimestampCheck }>;

const xades132 = 'http://uri.etsi.org/01903/v1.3.2#';

/** Checks the stamps over a signature: its value, its references to evidence, and all of it (ETSI EN 319 132-1 §5.3, §5.5). */
export function checkXadesTimestamps(
  signature: XmlElement,
  properties: XadesProperties,
  references: readonly CheckedReference[],
  pool: readonly Certificate[],
): readonly XadesTimestamp[] {
  const value = onlySignatureChild(signature, 'SignatureValue');
  return properties.unsignedProperties.flatMap((property, index): readonly XadesTimestamp[] => {
    if (!isXades(property)) return [];
    const before = properties.unsignedProperties.slice(0, index);
    switch (property.name) {
      case 'SignatureTimeStamp':
        return check(pool, 'signature', property, (form) => [value === null ? [] : [canonicalize(value, form)]]);
      case 'RefsOnlyTimeStamp':
      case 'RefsOnlyTimeStampV2':
        return check(pool, 'validationData', property, (form) => [
          before.filter(isReferenceFor(property)).map((element) => canonicalize(element, form)),
        ]);
      case 'SigAndRefsTimeStamp':
      case 'SigAndRefsTimeStampV2':
        return check(pool, 'validationData', property, (form) => [
          [
            ...(value === null ? [] : [value]),
            ...before.filter((element) => element.name === 'SignatureTimeStamp' || isReferenceFor(property)(element)),
          ].map((element) => canonicalize(element, form)),
        ]);
      case 'ArchiveTimeStamp':
      case 'ArchiveTimeStampV2':
        return check(pool, 'archive', property, (form) => archived(signature, references, before, property, form));
      default:
        return [];
    }
  });
}

/** Checks the stamps that the signature covers: over all that it signs, or over some of it. */
export function checkDataTimestamps(
  properties: XadesProperties,
  references: readonly CheckedReference[],
  pool: readonly Certificate[],
): readonly XadesTimestamp[] {
  const data = references.filter((reference) => !isPropertiesType(reference.type));
  return properties.dataTimestamps.flatMap((property) => {
    switch (property.name) {
      case 'AllDataObjectsTimeStamp':
        return check(pool, 'content', property, (form) => [octetsOf(data, form)]);
      case 'IndividualDataObjectsTimeStamp': {
        const included = xadesChildren(property, 'Include').map((include) => attributeOf(include, 'URI'));
        const chosen = data.filter(({ element }) => included.includes(`#${attributeOf(element, 'Id') ?? ''}`));
        return check(pool, 'content', property, (form) => [octetsOf(chosen, form)]);
      }
      default:
        return [];
    }
  });
}

// Readings of the standard differ: `candidates` are what programs have stamped, and one of them must fit.
function check(
  pool: readonly Certificate[],
  kind: XadesTimestamp['kind'],
  property: XmlElement,
  candidates: (form: Canonicalization) => readonly (readonly Buffer[])[],
): readonly XadesTimestamp[] {
  const method = onlySignatureChild(property, 'CanonicalizationMethod');
  // Without an algorithm it is the default one, said or unsaid.
  const isUnsaid = method === null || attributeOf(method, 'Algorithm') === '';
  const form = isUnsaid ? defaultCanonicalization : readCanonicalization(method);
  const choices = form === null ? [[]] : candidates(form);
  return xadesChildren(property, 'EncapsulatedTimeStamp').map((encoded) => {
    const token = decodeBase64(encoded.content);
    const checks = choices.map((pieces) => checkTokenOver(token, pieces, pool));
    const found = checks.find((one) => one.problems.length === 0) ?? checks[0] ?? checkTokenOver(token, [], pool);
    return { kind, check: found };
  });
}

/** References to evidence that a stamp is over: the first form of a stamp leaves out the second of references, and the other way round. */
function isReferenceFor({ name: stamp }: XmlElement): (element: XmlElement) => boolean {
  const certificates = stamp.endsWith('V2') ? 'CertificateRefsV2' : 'CertificateRefs';
  const kinds = [certificates, 'RevocationRefs'];
  const names = kinds.flatMap((kind) => [`Complete${kind}`, `Attribute${kind}`]);
  return ({ name }) => names.includes(name);
}

/** What references give, as a stamp or a record canonicalizes it. */
export function octetsOf(references: readonly CheckedReference[], form: Canonicalization): readonly Buffer[] {
  return references.map((reference) => {
    const isPlain = signatureChildren(reference.element, 'Transforms').length === 0;
    // Without transforms the data are nodes, which take the stamp's own canonical form.
    return isPlain && reference.target?.kind === 'element'
      ? canonicalize(reference.target.element, form)
      : (reference.octets ?? Buffer.alloc(0));
  });
}

// ETSI EN 319 132-1 §5.5.2.2: references, signature, the properties before the stamp, and the objects.
function archived(
  signature: XmlElement,
  references: readonly CheckedReference[],
  before: readonly XmlElement[],
  property: XmlElement,
  form: Canonicalization,
): readonly (readonly Buffer[])[] {
  const parts = ['SignedInfo', 'SignatureValue', 'KeyInfo'].flatMap((name) => signatureChildren(signature, name));
  const objects = withoutProperties(signatureChildren(signature, 'Object'));
  const unreferenced = objects.filter(
    (object) => !references.some(({ target }) => target?.kind === 'element' && target.element.isSameNode(object)),
  );
  const own = references.filter(({ element }) => element.parent?.name === 'SignedInfo');
  const head = [...octetsOf(own, form), ...[...parts, ...before].map((element) => canonicalize(element, form))];
  const withObjects = (list: readonly XmlElement[]): readonly Buffer[] => [
    ...head,
    ...list.map((element) => canonicalize(element, form)),
  ];
  const choices = [withObjects(objects), withObjects(unreferenced)];
  return property.namespaceUri === xades132 ? choices.toReversed() : choices;
}

/** The objects of a signature but for the one of its own properties. */
export function withoutProperties(objects: readonly XmlElement[]): readonly XmlElement[] {
  return objects.filter(
    (object) => !childElements(object).some((child) => isXades(child) && child.name === 'QualifyingProperties'),
  );
}
