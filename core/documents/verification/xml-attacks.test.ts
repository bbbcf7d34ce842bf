import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestAuthority } from '../signing/testing/authority.ts';
import type { TestAuthority } from '../signing/testing/authority.ts';
import { plainAnchor } from '../signing/trust-evaluation.ts';
import type { DocumentVerification } from './document-verification.ts';
import { makeExternalXml, makeSignedXml, makeXmlWithTransforms, signDocument } from './testing/signed-xml.ts';
import type { SignedXmlKind } from './testing/signed-xml.ts';
import { verifyDocument } from './verify-document.ts';

let authority: TestAuthority;
let crl: Buffer;
const signed = new Map<SignedXmlKind, string>();
const kinds: readonly SignedXmlKind[] = ['enveloped', 'enveloping', 'detached'];

beforeAll(() => {
  authority = createTestAuthority();
  crl = authority.crl();
  for (const kind of kinds) signed.set(kind, makeSignedXml(authority, kind));
}, 60_000);
afterAll(() => {
  authority.dispose();
});

function verify(xml: string | Uint8Array, detached: Uint8Array | null = null): DocumentVerification {
  const anchors = [plainAnchor(authority.root), plainAnchor(authority.intermediate)];
  const trust = { anchors, at: new Date(Date.now() + 60_000), ocsps: [], crls: [crl] };
  return verifyDocument(typeof xml === 'string' ? Buffer.from(xml) : xml, { trust, detached });
}

const of = (kind: SignedXmlKind): string => signed.get(kind) ?? '';
const signatureOf = (xml: string): string => /<ds:Signature[\s\S]*<\/ds:Signature>/.exec(xml)?.[0] ?? '';
const contentOf = (xml: string): string => /<instancia[\s\S]*<\/instancia>/.exec(xml)?.[0] ?? '';

describe('XML signatures made by xmlsec1', () => {
  it.each(kinds)('pass: %s', (kind) => {
    expect(verify(of(kind))).toMatchObject({
      format: 'xml',
      verdict: 'passed',
      reasons: [],
      signatures: [{ level: 'B-B', signingTime: '2026-03-04T10:20:30.000Z', coversWholeFile: kind === 'enveloped' }],
    });
  });

  const path = (algorithm: string, expression: string): string =>
    `<ds:Transform Algorithm="${algorithm}">${expression}</ds:Transform>`;
  const xpath = 'http://www.w3.org/TR/1999/REC-xpath-19991116';
  const filter = 'http://www.w3.org/2002/06/xmldsig-filter2';
  const subtract = (expression: string): string =>
    path(filter, `<f:XPath xmlns:f="${filter}" Filter="subtract">${expression}</f:XPath>`);
  const allLeftOut = path(xpath, '<ds:XPath>not(ancestor-or-self::ds:Signature)</ds:XPath>');

  it.each([
    ['a path', allLeftOut],
    [
      'a path after the document was written out, as AutoFirma does',
      `<ds:Transform Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/>${allLeftOut}`,
    ],
    ['a filter of all signatures', subtract('/descendant::ds:Signature')],
    ['a filter of those below the root', subtract('/*/ds:Signature')],
    ['a filter by name', subtract("/descendant::*[name()='ds:Signature']")],
  ])('pass with the signature left out by %s, and only then', (_, transforms) => {
    const xml = makeXmlWithTransforms(authority, transforms);
    expect(verify(xml)).toMatchObject({ verdict: 'passed', signatures: [{ coversWholeFile: true }] });
    expect(verify(xml.replace('Una copia', 'Cien copias'))).toMatchObject({
      verdict: 'failed',
      subIndication: 'HASH_FAILURE',
    });
  });

  it('are not judged when a filter by name could mean something else', () => {
    const xml = makeXmlWithTransforms(authority, subtract("/descendant::*[name()='ds:Signature']"));
    const disguised = xml.replace('<expone>', '<ds:Signature xmlns:ds="urn:otra">Cien copias</ds:Signature><expone>');
    expect(verify(disguised)).toMatchObject({
      verdict: 'indeterminate',
      reasons: expect.arrayContaining(['transformNotAllowed']),
    });
  });

  it('take one content that is given for the reference that it fits, and miss the others', () => {
    const files = [
      ['a.txt', Buffer.from('Una copia.')],
      ['b.txt', Buffer.from('Otra más.')],
    ] as const;
    const xml = makeExternalXml(authority, files);
    expect(verify(xml, files[0][1])).toMatchObject({ verdict: 'indeterminate', reasons: ['externalReference'] });
    expect(verify(xml, Buffer.from('Cien copias.'))).toMatchObject({ subIndication: 'HASH_FAILURE' });
    const alone = makeExternalXml(authority, [files[0]]);
    expect(verify(alone, files[0][1]).verdict).toBe('passed');
    expect(verify(alone, files[1][1])).toMatchObject({ verdict: 'failed', subIndication: 'HASH_FAILURE' });
  });

  it('do not vouch for a content that is given and that they do not sign', () => {
    expect(verify(of('enveloping'), Buffer.from('Cien copias.'))).toMatchObject({
      verdict: 'indeterminate',
      subIndication: 'SIGNED_DATA_NOT_FOUND',
    });
  });

  it('pass with instructions in what is not signed, which mean nothing', () => {
    for (const kind of kinds)
      expect(verify(of(kind).replace('<ds:KeyInfo>', '<?p i?><ds:KeyInfo>')).verdict).toBe('passed');
    expect(verify(of('enveloped').replace('<expone>', '<?p i?><expone>')).verdict).toBe('failed');
  });

  it('tell exactly what is signed', () => {
    expect(kinds.map((kind) => verify(of(kind)).signatures[0]?.signedContent)).toEqual([
      ['document'],
      ['Object#objeto'],
      ['instancia#instancia'],
    ]);
  });
});

const forged = '<instancia Id="otra"><expone>Que vive en otra parte.</expone></instancia>';

const attacks: readonly (readonly [string, SignedXmlKind, (xml: string) => string])[] = [
  ['another text', 'enveloped', (xml) => xml.replace('Una copia', 'Cien copias')],
  ['another text in an object', 'enveloping', (xml) => xml.replace('Una copia', 'Cien copias')],
  ['another text beside the signature', 'detached', (xml) => xml.replace('Una copia', 'Cien copias')],
  ['one more element', 'enveloped', (xml) => xml.replace('<expone>', '<anula/><expone>')],
  ['another signing time', 'enveloped', (xml) => xml.replace('2026-03-04', '2025-03-04')],
  ['a comment that splits a text', 'enveloped', (xml) => xml.replace('Una copia', 'Un<!-- -->a copia<x/>')],
  [
    'the signed element moved away and another in its place',
    'detached',
    (xml) => xml.replace(contentOf(xml), `${forged}<aparte>${contentOf(xml)}</aparte>`),
  ],
  [
    'the signed element moved into an object of the signature',
    'detached',
    (xml) =>
      xml
        .replace(contentOf(xml), forged)
        .replace('</ds:Signature>', `<ds:Object>${contentOf(xml)}</ds:Object></ds:Signature>`),
  ],
  [
    'the same identifier twice',
    'detached',
    (xml) => xml.replace(contentOf(xml), forged.replace('otra"', 'instancia"') + contentOf(xml)),
  ],
  [
    'the same identifier twice, the forgery last',
    'detached',
    (xml) => xml.replace('</sobre>', `${forged.replace('otra"', 'instancia"')}</sobre>`),
  ],
  ['the same identifier under another name', 'detached', (xml) => xml.replace('<sobre>', '<sobre ID="instancia">')],
  ['an envelope with a text of its own', 'detached', (xml) => xml.replace('<sobre>', '<sobre>Se deniega.')],
  ['the whole signed document inside another', 'enveloped', (xml) => `<nuevo>${forged}${xml}</nuevo>`],
  ['an enveloping signature inside another document', 'enveloping', (xml) => `<nuevo>${forged}${xml}</nuevo>`],
  [
    'properties that nobody signed',
    'enveloped',
    (xml) =>
      xml.replace(
        '<ds:Object><xades:QualifyingProperties',
        `<ds:Object><xades:QualifyingProperties xmlns:xades="http://uri.etsi.org/01903/v1.3.2#" Target="#firma"><xades:SignedProperties/></xades:QualifyingProperties></ds:Object><ds:Object><xades:QualifyingProperties`,
      ),
  ],
  [
    'signed properties moved away, others in their place',
    'enveloped',
    (xml) => {
      const properties = /<xades:SignedProperties[\s\S]*<\/xades:SignedProperties>/.exec(xml)?.[0] ?? '';
      const moved = `<ds:Object>${properties.replace('<xades:SignedProperties', '<xades:SignedProperties xmlns:xades="http://uri.etsi.org/01903/v1.3.2#"')}</ds:Object>`;
      return xml
        .replace(properties, properties.replace('propiedades', 'otras'))
        .replace('</ds:Signature>', `${moved}</ds:Signature>`);
    },
  ],
  [
    'no reference to the document',
    'enveloped',
    (xml) => xml.replace(/<ds:Reference URI="">[\s\S]*?<\/ds:Reference>/, ''),
  ],
  [
    'no reference but to the key',
    'enveloped',
    (xml) => xml.replace('URI=""', 'URI="#clave"').replace('<ds:KeyInfo>', '<ds:KeyInfo Id="clave">'),
  ],
  [
    'no reference to the properties',
    'enveloped',
    (xml) => xml.replace(/<ds:Reference URI="#propiedades"[\s\S]*?<\/ds:Reference>/, ''),
  ],
  ['a reference to a file of the system', 'enveloped', (xml) => xml.replace('URI=""', 'URI="file:///etc/passwd"')],
  ['a reference to the network', 'enveloped', (xml) => xml.replace('URI=""', 'URI="http://127.0.0.1:9/"')],
  [
    'a transform that chooses a part',
    'enveloped',
    (xml) =>
      xml.replace(
        '<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>',
        '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath>false()</ds:XPath></ds:Transform>',
      ),
  ],
  [
    'a style sheet among the transforms',
    'enveloped',
    (xml) =>
      xml.replace(
        'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
        'http://www.w3.org/TR/1999/REC-xslt-19991116',
      ),
  ],
  [
    'another certificate',
    'enveloped',
    (xml) =>
      xml.replace(
        /(<ds:X509Certificate>)[\s\S]*?(<\/ds:X509Certificate>)/,
        `$1${authority.certificate('plain').toString('base64')}$2`,
      ),
  ],
  ['no certificate', 'enveloped', (xml) => xml.replace(/<ds:KeyInfo>[\s\S]*<\/ds:KeyInfo>/, '')],
  [
    'a message authentication code for a signature',
    'enveloped',
    (xml) => xml.replace('2001/04/xmldsig-more#rsa-sha256', '2000/09/xmldsig#hmac-sha1'),
  ],
  [
    'two values',
    'enveloped',
    (xml) => xml.replace('</ds:SignedInfo>', '</ds:SignedInfo><ds:SignatureValue>AAAA</ds:SignatureValue>'),
  ],
  [
    'two lists of what is signed',
    'enveloped',
    (xml) => xml.replace('<ds:SignatureValue>', '<ds:SignedInfo></ds:SignedInfo><ds:SignatureValue>'),
  ],
  ['a document type with entities', 'enveloped', (xml) => `<!DOCTYPE instancia [<!ENTITY a "b">]>${xml}`],
  [
    'entities that grow without end',
    'enveloped',
    (xml) =>
      `<!DOCTYPE x [<!ENTITY a "${'b'.repeat(1000)}">${Array.from({ length: 9 }, (_, level) => `<!ENTITY a${level} "${'&a;'.repeat(100)}">`).join('')}]>${xml}`,
  ],
  [
    'an object with a text beside those of the signature',
    'enveloped',
    (xml) => xml.replace('</ds:Signature>', '<ds:Object><resuelve>Se deniega.</resuelve></ds:Object></ds:Signature>'),
  ],
  [
    'a text in an object of a signature of the whole document',
    'enveloped',
    (xml) => xml.replace('<ds:Object>', '<ds:Object>Se deniega.'),
  ],
  [
    'an element in the signature that it knows nothing of',
    'enveloping',
    (xml) => xml.replace('</ds:KeyInfo>', '</ds:KeyInfo><resuelve>Se deniega.</resuelve>'),
  ],
  [
    'an element between the properties',
    'detached',
    (xml) => xml.replace('<xades:SignedProperties', '<resuelve>Se deniega.</resuelve><xades:SignedProperties'),
  ],
  [
    'the properties under another name',
    'enveloped',
    (xml) =>
      xml
        .replace('<ds:Object><xades', '<ds:Object><xades:Otras><xades')
        .replace('</ds:Object>', '</xades:Otras></ds:Object>'),
  ],
  [
    'a text in the value that is not of its alphabet',
    'enveloped',
    (xml) => xml.replace('<ds:SignatureValue>', '<ds:SignatureValue>¡¡—!!'),
  ],
  [
    'something after the end of the value',
    'enveloped',
    (xml) => xml.replace('=</ds:SignatureValue>', '=AAAA</ds:SignatureValue>'),
  ],
  ['a namespace that has no canonical form', 'enveloped', (xml) => xml.replace('<expone>', '<expone xmlns="otra">')],
  ['a cut end', 'enveloped', (xml) => xml.slice(0, -20)],
];

describe('a forged or broken XML document never passes', () => {
  it.each(attacks)('%s (%s)', (_, kind, attack) => {
    const changed = attack(of(kind));
    expect(changed).not.toBe(of(kind));
    expect(verify(changed).verdict).not.toBe('passed');
  });

  it('with a second signature that is broken', () => {
    const xml = of('detached');
    const second = signatureOf(xml)
      .replaceAll('firma"', 'firma2"')
      .replaceAll('propiedades', 'propiedades2')
      .replace('#firma', '#firma2');
    expect(verify(xml.replace('</sobre>', `${second}</sobre>`))).toMatchObject({ verdict: 'failed' });
  });

  it('with one letter of what is signed changed', () => {
    const xml = Buffer.from(of('enveloped'));
    const start = xml.indexOf('<expone>');
    const end = xml.indexOf('</instancia>');
    const signature = [xml.indexOf('<ds:SignatureValue>') + 19, xml.indexOf('</ds:SignatureValue>')] as const;
    const places = fc.oneof(
      fc.integer({ min: start, max: xml.indexOf('<ds:Signature ') - 1 }),
      fc.integer({ min: xml.indexOf('<ds:SignedInfo>'), max: xml.indexOf('</ds:SignedInfo>') }),
      fc.integer({ min: signature[0], max: signature[1] - 4 }),
    );
    expect(end).toBeGreaterThan(start);
    fc.assert(
      fc.property(places, fc.integer({ min: 0x21, max: 0x7e }), (place, letter) => {
        fc.pre(xml[place] !== letter && !/\s/.test(String.fromCharCode(xml[place] ?? 0)));
        const changed = Buffer.from(xml);
        changed[place] = letter;
        expect(verify(changed).verdict).not.toBe('passed');
      }),
      { numRuns: 400 },
    );
  });
});

describe('a countersignature', () => {
  it('that signs something else than the signature it stands in never passes', () => {
    const renamed = (xml: string): string => xml.replaceAll('propiedades', 'otras').replaceAll('firma', 'otra');
    const alone = makeSignedXml(authority, 'enveloping', renamed).replace(/<\?xml[^>]*\?>\s*/, '');
    expect(verify(alone).verdict).toBe('passed');
    const start = '<xades:UnsignedProperties><xades:UnsignedSignatureProperties><xades:CounterSignature>';
    const end = '</xades:CounterSignature></xades:UnsignedSignatureProperties></xades:UnsignedProperties>';
    const both = of('enveloped').replace('</xades:QualifyingProperties>', (tag) => `${start}${alone}${end}${tag}`);
    expect(verify(both)).toMatchObject({ verdict: 'indeterminate', subIndication: 'SIGNED_DATA_NOT_FOUND' });
  });
});

it('an Estonian document of the old form is told to be one, good or altered', () => {
  const unsigned =
    '<SignedDoc xmlns="http://www.sk.ee/DigiDoc/v1.3.0#" format="DIGIDOC-XML"><DataFile Id="D0">AAAA</DataFile></SignedDoc>';
  const xml = signDocument(authority, unsigned, 'officer');
  for (const one of [xml, xml.replace('AAAA', 'BBBB')])
    expect(verify(one)).toMatchObject({ verdict: 'indeterminate', reasons: ['unsupportedFormat'] });
});

it('an XML signature with an evidence record, which is not read, does not pass', () => {
  const record =
    '<xades:UnsignedProperties><xades:UnsignedSignatureProperties><e:SealingEvidenceRecords xmlns:e="http://uri.etsi.org/19132/v1.1.1#"/></xades:UnsignedSignatureProperties></xades:UnsignedProperties>';
  const sealed = of('enveloped').replace('</xades:QualifyingProperties>', (tag) => `${record}${tag}`);
  expect(verify(sealed)).toMatchObject({ verdict: 'indeterminate', reasons: ['evidenceRecordUnread'] });
});
