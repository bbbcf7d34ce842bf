import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Holder, TestAuthority } from '../../signing/testing/authority.ts';

export type SignedXmlKind = 'enveloped' | 'enveloping' | 'detached';

const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const xades = 'http://uri.etsi.org/01903/v1.3.2#';

/** An XAdES-BES signature made by xmlsec1 over a small application. */
export function makeSignedXml(
  authority: TestAuthority,
  kind: SignedXmlKind,
  rename: (template: string) => string = (unsigned) => unsigned,
): string {
  return sign(authority, rename(template(kind, content, authority.certificate('officer'))), 'officer');
}

/** The small application, its own signature left out by other transforms than the usual one. */
export function makeXmlWithTransforms(authority: TestAuthority, transforms: string): string {
  return sign(authority, template('enveloped', content, authority.certificate('officer'), transforms), 'officer');
}

/** An enveloping signature whose reference to its own object has transforms. */
export function makeEnvelopingWithTransforms(authority: TestAuthority, transforms: string): string {
  return sign(authority, template('enveloping', content, authority.certificate('officer'), transforms), 'officer');
}

/** The enveloped signature with a countersignature in it, over the element that `uri` names; its value is `#valor`. */
export function makeCountersigned(authority: TestAuthority, uri: string): string {
  const signed = makeSignedXml(authority, 'enveloped').replace('<ds:SignatureValue>', '<ds:SignatureValue Id="valor">');
  const second = template('detached', '', authority.certificate('officer'))
    .replace(/<\/?sobre>/g, '')
    .replace('URI="#instancia"', `URI="${uri}" Type="http://uri.etsi.org/01903#CountersignedSignature"`)
    .replaceAll('firma"', 'contrafirma"')
    .replaceAll('propiedades"', 'propiedades2"');
  const counter = `<xades:UnsignedProperties><xades:UnsignedSignatureProperties><xades:CounterSignature>${second}`;
  const end = '</xades:CounterSignature></xades:UnsignedSignatureProperties></xades:UnsignedProperties>';
  const unsigned = signed.replace('</xades:QualifyingProperties>', `${counter}${end}</xades:QualifyingProperties>`);
  return sign(authority, unsigned, 'officer', "//*[local-name()='CounterSignature']/*");
}

/** A signature over files that lie beside it, by their names; the reference to the properties may say what it is or not. */
export function makeExternalXml(
  authority: TestAuthority,
  files: readonly (readonly [name: string, content: Buffer])[],
  areTyped = true,
): string {
  const references = files.map(([name]) => reference(name, '', null)).join('');
  const unsigned = template('enveloping', '', authority.certificate('officer'))
    .replace(/<ds:Reference URI="#objeto">[\s\S]*?<\/ds:Reference>/, references)
    .replace('<ds:Object Id="objeto"></ds:Object>', '')
    .replace(areTyped ? '' : ' Type="http://uri.etsi.org/01903#SignedProperties"', '');
  return sign(authority, unsigned, 'officer', undefined, files);
}

/** Any document, signed whole within its root element. */
export function signDocument(authority: TestAuthority, document: string, holder: Holder): string {
  return sign(authority, template('enveloped', document, authority.certificate(holder)), holder);
}

function sign(
  authority: TestAuthority,
  unsigned: string,
  holder: Holder,
  path = "//*[local-name()='Signature']",
  files: readonly (readonly [name: string, content: Buffer])[] = [],
): string {
  const folder = mkdtempSync(join(tmpdir(), 'ventanilla-xml-'));
  try {
    for (const [name, content] of files) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    }
    writeFileSync(join(folder, 'template.xml'), unsigned);
    const ids = ['instancia', 'Object', 'Manifest', 'SignatureValue', 'SignedProperties'].flatMap((name) => [
      '--id-attr:Id',
      qualified(name),
    ]);
    const keys = `${authority.folder}/${holder}.key,${authority.folder}/${holder}.pem`;
    const chosen = ['--node-xpath', path, '--privkey-pem', keys, '--output', 'signed.xml', 'template.xml'];
    execFileSync('xmlsec1', ['--sign', ...ids, ...chosen], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return readFileSync(join(folder, 'signed.xml'), 'utf8');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const content =
  '<instancia Id="instancia"><expone>Que vive en Almenara.</expone><solicita>Una copia.</solicita></instancia>';

function qualified(name: string): string {
  if (['Object', 'Manifest', 'SignatureValue'].includes(name)) return `http://www.w3.org/2000/09/xmldsig#:${name}`;
  return name === 'SignedProperties' ? `${xades}:${name}` : name;
}

const ownSignatureLeftOut = '<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>';

function template(
  kind: SignedXmlKind,
  document: string,
  certificate: Buffer,
  transforms: string = kind === 'enveloped' ? ownSignatureLeftOut : '',
): string {
  const uri = kind === 'enveloped' ? '' : kind === 'enveloping' ? '#objeto' : '#instancia';
  const object = kind === 'enveloping' ? `<ds:Object Id="objeto">${document}</ds:Object>` : '';
  const digest = createHash('sha256').update(certificate).digest('base64');
  const properties = [
    `<ds:Object><xades:QualifyingProperties xmlns:xades="${xades}" Target="#firma">`,
    '<xades:SignedProperties Id="propiedades"><xades:SignedSignatureProperties>',
    '<xades:SigningTime>2026-03-04T10:20:30Z</xades:SigningTime><xades:SigningCertificateV2><xades:Cert><xades:CertDigest>',
    `<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>${digest}</ds:DigestValue>`,
    '</xades:CertDigest></xades:Cert></xades:SigningCertificateV2></xades:SignedSignatureProperties>',
    '</xades:SignedProperties></xades:QualifyingProperties></ds:Object>',
  ].join('');
  const signature = [
    '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Id="firma"><ds:SignedInfo>',
    `<ds:CanonicalizationMethod Algorithm="${exclusive}"/>`,
    '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>',
    reference(uri, '', transforms),
    reference('#propiedades', ' Type="http://uri.etsi.org/01903#SignedProperties"', ''),
    '</ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo><ds:X509Data><ds:X509Certificate/></ds:X509Data></ds:KeyInfo>',
    `${object}${properties}</ds:Signature>`,
  ].join('');
  switch (kind) {
    case 'enveloped':
      return document.replace(/<\/[^<]*$/, (end) => `${signature}${end}`);
    case 'enveloping':
      return signature;
    case 'detached':
      return `<sobre>${document}${signature}</sobre>`;
  }
}

function reference(uri: string, type: string, transform: string | null): string {
  const form = `<ds:Transform Algorithm="${exclusive}"/>`;
  return [
    `<ds:Reference URI="${uri}"${type}>`,
    transform === null ? '' : `<ds:Transforms>${transform}${form}</ds:Transforms>`,
    '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/></ds:Reference>',
  ].join('');
}
