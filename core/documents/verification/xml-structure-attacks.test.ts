import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestAuthority } from '../signing/testing/authority.ts';
import type { TestAuthority } from '../signing/testing/authority.ts';
import { plainAnchor } from '../signing/trust-evaluation.ts';
import type { DocumentVerification } from './document-verification.ts';
import { makeCountersigned, makeEnvelopingWithTransforms, makeSignedXml } from './testing/signed-xml.ts';
import { verifyDocument } from './verify-document.ts';

let authority: TestAuthority;
let crl: Buffer;
let enveloped: string;
let detached: string;
let countersigned: string;

beforeAll(() => {
  authority = createTestAuthority();
  crl = authority.crl();
  enveloped = makeSignedXml(authority, 'enveloped');
  detached = makeSignedXml(authority, 'detached');
  countersigned = makeCountersigned(authority, '#valor');
}, 60_000);

afterAll(() => {
  authority.dispose();
});

function verify(xml: string | Buffer): DocumentVerification {
  const anchors = [plainAnchor(authority.root), plainAnchor(authority.intermediate)];
  const trust = { anchors, at: new Date(Date.now() + 60_000), ocsps: [], crls: [crl] };
  return verifyDocument(Buffer.from(xml), { trust, detached: null });
}

const counterOf = (xml: string): string =>
  /<xades:CounterSignature>([\s\S]*)<\/xades:CounterSignature>/.exec(xml)?.[1] ?? '';
const valueOf = (xml: string): string =>
  /<ds:SignatureValue Id="valor">[\s\S]*?<\/ds:SignatureValue>/.exec(xml)?.[0] ?? '';
const withNamespaces = (element: string): string =>
  element.replace(/^<ds:\w+/, (start) => `${start} xmlns:ds="http://www.w3.org/2000/09/xmldsig#"`);

describe('countersignatures', () => {
  it('pass over the value of the signature that holds them', () => {
    const verification = verify(countersigned);
    expect(verification).toMatchObject({ verdict: 'passed', reasons: [] });
    expect(verification.signatures.map(({ signedContent }) => signedContent)).toEqual([
      ['document'],
      ['SignatureValue#valor'],
    ]);
  });

  it.each(['#propiedades', '#propiedades2'])(
    'do not pass over anything else: %s',
    (uri) => {
      expect(verify(makeCountersigned(authority, uri))).toMatchObject({
        verdict: 'indeterminate',
        subIndication: 'SIGNED_DATA_NOT_FOUND',
      });
    },
    60_000,
  );

  it('do not pass in a signature that they were not made for', () => {
    const other = makeSignedXml(authority, 'enveloped');
    const unsigned = `<xades:UnsignedProperties><xades:UnsignedSignatureProperties><xades:CounterSignature>${counterOf(countersigned).replace('</ds:Signature>', `<ds:Object>${valueOf(countersigned)}</ds:Object></ds:Signature>`)}</xades:CounterSignature></xades:UnsignedSignatureProperties></xades:UnsignedProperties>`;
    const moved = other.replace('</xades:QualifyingProperties>', `${unsigned}</xades:QualifyingProperties>`);
    expect(verify(moved)).toMatchObject({ verdict: 'indeterminate', subIndication: 'SIGNED_DATA_NOT_FOUND' });
  });

  it('vouch for no document that they are put into with the value that they sign', () => {
    const counter = withNamespaces(counterOf(countersigned));
    const value = withNamespaces(valueOf(countersigned));
    const forged = `<sobre><instancia><solicita>Cien copias.</solicita></instancia>${value}${counter}</sobre>`;
    expect(verify(forged).verdict).not.toBe('passed');
  });
});

describe('references into the own signature', () => {
  it('do not pass when the signature leaves itself out, for then they cover nothing', () => {
    const xml = makeEnvelopingWithTransforms(
      authority,
      '<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>',
    );
    expect(verify(xml).verdict).not.toBe('passed');
    expect(verify(xml.replace('Una copia', 'Cien copias')).verdict).not.toBe('passed');
  }, 60_000);
});

describe('the Target of the properties', () => {
  it('may name nothing: the reference binds them', () => {
    expect(verify(enveloped.replace('Target="#firma"', 'Target="#Firma"'))).toMatchObject({ verdict: 'passed' });
  });

  it('may not name another signature', () => {
    const other = '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Id="otra"/>';
    const xml = detached.replace('Target="#firma"', 'Target="#otra"').replace('</sobre>', `${other}</sobre>`);
    expect(verify(xml).signatures[0]).toMatchObject({
      verdict: 'indeterminate',
      subIndication: 'SIGNED_DATA_NOT_FOUND',
    });
  });
});

describe('identifiers and prologs made to deceive', () => {
  it.each([
    ['in a foreign namespace', 'xmlns:wsu="urn:wsu" wsu:Id="instancia"'],
    ['of XML itself', 'xml:id="instancia"'],
    ['in small letters', 'id="instancia"'],
  ])('an identifier repeated %s', (_, attribute) => {
    const xml = detached.replace('<sobre>', `<sobre ${attribute}>`);
    expect(verify(xml)).toMatchObject({ verdict: 'indeterminate', subIndication: 'SIGNED_DATA_NOT_FOUND' });
  });

  const entities = `<!DOCTYPE x [<!ENTITY a "b">]>`;
  const hidden: readonly (readonly [string, string])[] = [
    ['after a comment with an element', `<!--<a>-->${entities}`],
    ['after an instruction with an element', `<?p <a>?>${entities}`],
    ['after a long comment', `<!--${'-<a'.repeat(600_000)}-->${entities}`],
    ['after a comment that a comment begins in', `<?p <!-- ?>${entities}`],
  ];

  it.each(hidden)('a document type %s', (_, prolog) => {
    expect(verify(prolog + enveloped)).toMatchObject({ verdict: 'indeterminate', reasons: ['documentType'] });
    const wide = Buffer.from(`\ufeff${prolog}${enveloped}`, 'utf16le');
    expect(verify(wide)).toMatchObject({ verdict: 'indeterminate', reasons: ['documentType'] });
  });

  it('but one in a comment is none', () => {
    expect(verify(`<!-- ${entities} -->${enveloped}`).reasons).not.toContain('documentType');
  });
});
