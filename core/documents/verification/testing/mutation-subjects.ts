import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { XmlC14NMode } from 'libxml2-wasm';
import type { XmlNode } from 'libxml2-wasm';
import { readSignedData } from '../../signing/cms-reader.ts';
import { encodeOctetString } from '../../signing/der.ts';
import { oid } from '../../signing/oids.ts';
import type { TestAuthority } from '../../signing/testing/authority.ts';
import { canonicalize, defaultCanonicalization } from '../xml-canonical.ts';
import type { Canonicalization } from '../xml-canonical.ts';
import {
  isSignatureElement,
  isXades,
  openXml,
  signatureChildren,
  signatureNamespace,
  xadesPath,
} from '../xml-document.ts';
import { isInside, listSignatureElements } from '../xml-references.ts';
import { mutateCms } from './cms-mutations.ts';
import {
  attribute,
  contentTypeAttribute,
  craftCms,
  craftTimestamp,
  digestAttribute,
  inOrder,
  readPem,
  rsaSha256,
  sha256,
  signingCertificateAttribute,
} from './crafted-cms.ts';
import { makeCountersigned, makeExternalXml, makeSignedXml } from './signed-xml.ts';
import { makeStoredZip } from './stored-zip.ts';
import { mutateXml } from './xml-mutations.ts';
import { mutateZip } from './zip-mutations.ts';
import type { ZipMember } from './zip-mutations.ts';

/** A signed document and everything that may be done to it. */
export type MutationSubject = Readonly<{
  name: string;
  document: Buffer;
  detached: Buffer | null;
  mutate: (random: () => number) => Buffer;
  /** What is signed in a changed document, or shown as if it were, that was not in the document nor in its donor. */
  findForged: (mutant: Buffer) => readonly string[];
}>;

export type MutationKind = 'cms' | 'xml' | 'asic';

/** Documents signed by a trusted officer. Each has a donor: another one of the same officer, whose parts may stand in. */
export function makeSubjects(authority: TestAuthority, kind: MutationKind): readonly MutationSubject[] {
  switch (kind) {
    case 'cms':
      return makeCmsSubjects(authority);
    case 'xml':
      return makeXmlSubjects(authority);
    case 'asic':
      return makeContainerSubjects(authority);
  }
}

const petition = Buffer.from('Que se le expida una copia.\n');
const other = Buffer.from('Que se anule la anterior.\n');

// --- CMS ---

function makeCmsSubjects(authority: TestAuthority): readonly MutationSubject[] {
  const attached = [petition, other].map((content) => craftAttached(authority, content));
  const detached = [petition, other].map((content) => signDetached(authority, content));
  return [
    cmsSubject('attached', attached, null),
    cmsSubject('detached', detached, petition),
    cmsSubject('of two signers', [Buffer.from(craftAttached(authority, petition, 2)), attached[1] ?? other], null),
  ];
}

function craftAttached(authority: TestAuthority, content: Buffer, count = 1): Buffer {
  const signer = (place: number, unsignedAttributes: readonly Buffer[]) => ({
    attributes: [
      contentTypeAttribute(),
      digestAttribute(content),
      signingCertificateAttribute(readPem(authority, 'officer')),
      ...(place === 0 ? [] : [attribute('1.2.3.4', encodeOctetString(Buffer.of(place)))]),
    ],
    digestAlgorithm: sha256,
    signatureAlgorithm: rsaSha256,
    hash: 'sha256' as const,
    holder: 'officer' as const,
    named: 'officer' as const,
    isBroken: false,
    unsignedAttributes,
    writeAttributes: inOrder,
  });
  const places = Array.from({ length: count }, (_, place) => place);
  // RSA gives the same value each time: what is stamped is known before the stamp is put in.
  const { signers } = readSignedData(
    craftCms(
      authority,
      content,
      places.map((place) => signer(place, [])),
    ),
  );
  const stamped = signers.map(({ signature }) =>
    attribute(oid.signatureTimestamp, craftTimestamp(authority, signature)),
  );
  return craftCms(
    authority,
    content,
    places.map((place) => signer(place, stamped.slice(place, place + 1))),
  );
}

function signDetached(authority: TestAuthority, content: Buffer): Buffer {
  writeFileSync(join(authority.folder, 'content'), content);
  const common = ['-sign', '-binary', '-cades', '-md', 'sha256', '-in', 'content', '-signer', 'officer.pem'];
  const more = ['-inkey', 'officer.key', '-certfile', 'intermediate.pem', '-outform', 'DER', '-out', 'signed'];
  execFileSync('openssl', ['cms', ...common, ...more], { cwd: authority.folder, stdio: ['ignore', 'pipe', 'pipe'] });
  return readFileSync(join(authority.folder, 'signed'));
}

function cmsSubject(name: string, [document, donor]: readonly Buffer[], detached: Buffer | null): MutationSubject {
  if (document === undefined || donor === undefined) throw new Error(name);
  const known = new Set([document, donor].flatMap(describeCms));
  return {
    name,
    document,
    detached,
    mutate: (random) => mutateCms(document, donor, random),
    findForged: (mutant) => describeCms(mutant).filter((fact) => !known.has(fact)),
  };
}

/** Each signer's value with its signed attributes and the content, if it is inside. */
function describeCms(cms: Buffer): readonly string[] {
  const { content, contentType, signers } = readSignedData(cms);
  return signers.map(({ signature, signedAttributes }) => {
    const attributes = signedAttributes?.map(({ raw }) => raw.toString('hex')).toSorted() ?? [];
    return [contentType, content?.toString('hex') ?? '', signature.toString('hex'), ...attributes].join(' ');
  });
}

// --- XML ---

function makeXmlSubjects(authority: TestAuthority): readonly MutationSubject[] {
  const changed = (text: string): string => text.replace('Una copia', 'Que se anule');
  const donor = makeSignedXml(authority, 'enveloped', changed);
  return [
    xmlSubject('enveloped', makeSignedXml(authority, 'enveloped'), donor, true),
    xmlSubject(
      'enveloping',
      makeSignedXml(authority, 'enveloping'),
      makeSignedXml(authority, 'enveloping', changed),
      false,
    ),
    xmlSubject('detached', makeSignedXml(authority, 'detached'), makeSignedXml(authority, 'detached', changed), false),
    xmlSubject('countersigned', makeCountersigned(authority, '#valor'), donor, true),
  ];
}

function xmlSubject(name: string, document: string, donor: string, isRootSigned: boolean): MutationSubject {
  const known = new Set([document, donor].flatMap((xml) => describeXml(Buffer.from(xml), isRootSigned)));
  return {
    name,
    document: Buffer.from(document),
    detached: null,
    mutate: (random) => Buffer.from(mutateXml(document, donor, random)),
    findForged: (mutant) => describeXml(mutant, isRootSigned).filter((fact) => !known.has(fact)),
  };
}

/** Each signature's value with its signed properties, what is signed by its identifier, and all text that is shown. */
function describeXml(xml: Buffer, isRootSigned: boolean): readonly string[] {
  const file = openXml(xml);
  if (typeof file === 'string') return [file];
  try {
    const signatures = listSignatureElements(file.document);
    const facts = signatures.map((signature) => {
      const value = signatureChildren(signature, 'SignatureValue').map(({ content }) => content.replace(/\s/g, ''));
      const properties = signatureChildren(signature, 'Object').flatMap((object) => {
        const signed = xadesPath(object, 'QualifyingProperties', 'SignedProperties');
        return signed === null ? [] : [canonicalize(signed, exclusive).toString()];
      });
      return [...value, ...properties].join(' ');
    });
    const signed = (isRootSigned ? [] : ['instancia', 'objeto']).flatMap((name) => file.identifiers.get(name) ?? []);
    const shown = signed.filter((element) => !isSignatureElement(element, 'Signature'));
    facts.push(...shown.map((element) => canonicalize(element, exclusive).toString()));
    facts.push(
      ...file.document.find("//text()[not(ancestor::*[local-name()='UnsignedProperties'])]").flatMap(describeText),
    );
    if (!isRootSigned) return facts;
    // The memory of what lies in another goes with it.
    const outermost = signatures.filter((one) => !signatures.some((two) => !two.isSameNode(one) && isInside(one, two)));
    for (const signature of outermost) if (signature.parent !== null) signature.remove();
    return [...facts, canonicalize(file.root, exclusive).toString()];
  } finally {
    file.dispose();
  }
}

const exclusive: Canonicalization = { ...defaultCanonicalization, mode: XmlC14NMode.XML_C14N_EXCLUSIVE_1_0 };

// Keys, digests and evidence are not shown to anybody; all else is.
function describeText(text: XmlNode): readonly string[] {
  const { parent } = text;
  if (parent === null || text.content.trim() === '') return [];
  const isOwn = parent.namespaceUri === signatureNamespace && parent.name !== 'Object';
  return isOwn || isXades(parent) ? [] : [`${parent.name}: ${text.content}`];
}

// --- Containers ---

function makeContainerSubjects(authority: TestAuthority): readonly MutationSubject[] {
  const file = (content: Buffer): ZipMember => ['instancia.txt', content];
  const simple = (content: Buffer): readonly ZipMember[] => [
    ['mimetype', Buffer.from('application/vnd.etsi.asic-s+zip')],
    file(content),
    ['META-INF/signature.p7s', signDetached(authority, content)],
  ];
  const withManifest = (content: Buffer): readonly ZipMember[] => {
    const manifest = makeManifest(content);
    return [
      ['mimetype', Buffer.from('application/vnd.etsi.asic-e+zip')],
      file(content),
      ['META-INF/ASiCManifest001.xml', manifest],
      ['META-INF/signature001.p7s', signDetached(authority, manifest)],
    ];
  };
  const withXml = (content: Buffer): readonly ZipMember[] => [
    ['mimetype', Buffer.from('application/vnd.etsi.asic-e+zip')],
    file(content),
    ['META-INF/signatures0.xml', Buffer.from(makeExternalXml(authority, [file(content)]))],
  ];
  return [
    containerSubject('simple', simple(petition), simple(other), false),
    containerSubject('with a manifest', withManifest(petition), withManifest(other), true),
    containerSubject('with XAdES', withXml(petition), withXml(other), true),
  ];
}

function makeManifest(content: Buffer): Buffer {
  const digest = createHash('sha256').update(content).digest('base64');
  return Buffer.from(
    [
      '<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">',
      '<asic:SigReference URI="META-INF/signature001.p7s"/><asic:DataObjectReference URI="instancia.txt">',
      `<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>${digest}</ds:DigestValue>`,
      '</asic:DataObjectReference></asic:ASiCManifest>',
    ].join(''),
  );
}

function containerSubject(
  name: string,
  members: readonly ZipMember[],
  donor: readonly ZipMember[],
  areNamesSigned: boolean,
): MutationSubject {
  const known = new Set([members, donor].flatMap((list) => describeContainer(makeStoredZip(list), areNamesSigned)));
  return {
    name,
    document: makeStoredZip(members),
    detached: null,
    mutate: (random) => mutateZip(members, donor, random),
    findForged: (mutant) => describeContainer(mutant, areNamesSigned).filter((fact) => !known.has(fact)),
  };
}

/**
 * The files as a program finds them that reads from the start, each header on its way, and never asks the directory. A
 * simple container signs a content without its name.
 */
function describeContainer(zip: Buffer, areNamesSigned: boolean): readonly string[] {
  const files: string[] = [];
  let place = zip.indexOf(Buffer.from('504b0304', 'hex'));
  while (place >= 0) {
    const name = zip.toString('utf8', place + 30, place + 30 + zip.readUInt16LE(place + 26));
    const start = place + 30 + zip.readUInt16LE(place + 26) + zip.readUInt16LE(place + 28);
    const end = start + zip.readUInt32LE(place + 18);
    if (name !== 'mimetype' && !name.startsWith('META-INF/'))
      files.push(`${areNamesSigned ? name : ''} ${zip.subarray(start, end).toString('hex')}`);
    place = zip.indexOf(Buffer.from('504b0304', 'hex'), end);
  }
  return [files.toSorted().join(' ')];
}
