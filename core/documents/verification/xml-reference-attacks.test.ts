import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestAuthority } from '../signing/testing/authority.ts';
import type { TestAuthority } from '../signing/testing/authority.ts';
import { plainAnchor } from '../signing/trust-evaluation.ts';
import type { DocumentVerification } from './document-verification.ts';
import { makeSignedXml, makeXmlWithTransforms } from './testing/signed-xml.ts';
import { verifyDocument } from './verify-document.ts';

/* References made to sign less than they seem to. */
let authority: TestAuthority;
let crl: Buffer;
let enveloped: string;
let detached: string;

beforeAll(() => {
  authority = createTestAuthority();
  crl = authority.crl();
  enveloped = makeSignedXml(authority, 'enveloped');
  detached = makeSignedXml(authority, 'detached');
}, 60_000);
afterAll(() => {
  authority.dispose();
});

function verify(xml: string): DocumentVerification {
  const anchors = [plainAnchor(authority.root), plainAnchor(authority.intermediate)];
  const trust = { anchors, at: new Date(Date.now() + 60_000), ocsps: [], crls: [crl] };
  return verifyDocument(Buffer.from(xml), { trust, detached: null });
}

const transform = (algorithm: string, inside = ''): string =>
  `<ds:Transform Algorithm="${algorithm}">${inside}</ds:Transform>`;
const filter2 = 'http://www.w3.org/2002/06/xmldsig-filter2';
const path = (filter: string, expression: string): string =>
  `<f:XPath xmlns:f="${filter2}" Filter="${filter}">${expression}</f:XPath>`;
const base64 = '<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#base64"/>';

describe('a manifest', () => {
  const manifestType = ' Type="http://www.w3.org/2000/09/xmldsig#Manifest"';
  /** The document is signed only by way of a manifest in the signature. */
  const sign = (type: string): string =>
    makeSignedXml(authority, 'enveloped', (template) => {
      const reference = /<ds:Reference URI="">[\s\S]*?<\/ds:Reference>/.exec(template)?.[0] ?? '';
      const own = reference
        .replace('URI=""', `URI="#manifiesto"${type}`)
        .replace(/<ds:Transform Algorithm="[^"]*enveloped-signature"\/>/, '');
      const manifest = `<ds:Object><ds:Manifest Id="manifiesto">${reference}</ds:Manifest></ds:Object>`;
      return template.replace(reference, own).replace('</ds:Signature>', `${manifest}</ds:Signature>`);
    });

  it('covers what it names when it is referred to as one, and is looked into', () => {
    const xml = sign(manifestType);
    expect(verify(xml)).toMatchObject({ verdict: 'passed', signatures: [{ coversWholeFile: true }] });
    expect(verify(xml.replace('Una copia', 'Cien copias'))).toMatchObject({
      verdict: 'failed',
      subIndication: 'HASH_FAILURE',
    });
  });

  it('covers nothing when it is referred to as anything else', () => {
    const xml = sign('');
    expect(verify(xml)).toMatchObject({ verdict: 'indeterminate', reasons: ['unsignedContent'] });
    expect(verify(xml.replace('Una copia', 'Cien copias')).verdict).not.toBe('passed');
  });
});

describe('transforms', () => {
  it('decode base64 once, and only where they say so', () => {
    const xml = makeSignedXml(authority, 'enveloping', (template) =>
      template
        .replace(/<instancia[\s\S]*<\/instancia>/, Buffer.from('Una copia.').toString('base64'))
        .replace(/(URI="#objeto"><ds:Transforms>)<ds:Transform [^>]*>/, `$1${base64}`),
    );
    expect(verify(xml)).toMatchObject({ verdict: 'passed', signatures: [{ signedContent: ['Object#objeto'] }] });
    expect(verify(xml.replace(base64, '')).verdict).toBe('failed');
    expect(verify(xml.replace(base64, base64 + base64)).verdict).toBe('failed');
    expect(verify(xml.replace('VW5hIGNvcGlh', 'VW5hIGNvcGlh¡!')).verdict).toBe('failed');
    expect(verify(xml.replace('VW5hIGNvcGlh', '<otra/>VW5hIGNvcGlh')).verdict).not.toBe('passed');
  });

  it.each([
    ['what is left of the signature and of a text', path('subtract', '/descendant::ds:Signature | //solicita')],
    ['a part that is chosen', path('intersect', '//expone')],
    ['two paths', path('subtract', '/descendant::ds:Signature') + path('subtract', '//solicita')],
    ['a signature of another namespace', path('subtract', '/descendant::otra:Signature')],
    ['a union', path('union', '/descendant::ds:Signature')],
    ['no path', ''],
  ])('do not choose what is signed: %s', (_, inside) => {
    const filter = transform(filter2, inside.replace('xmlns:f', 'xmlns:otra="urn:otra" xmlns:f'));
    const own = '<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>';
    expect(enveloped).toContain(own);
    // The digest is over what such a filter would leave: only the filter itself speaks against it.
    expect(verify(enveloped.replace(own, own + filter)).verdict).not.toBe('passed');
  });

  it('do not choose it by a path with conditions', () => {
    const condition = transform(
      'http://www.w3.org/TR/1999/REC-xpath-19991116',
      '<ds:XPath>not(ancestor-or-self::ds:Signature) and not(self::solicita)</ds:XPath>',
    );
    const xml = makeXmlWithTransforms(authority, condition);
    expect(verify(xml)).toMatchObject({
      verdict: 'indeterminate',
      reasons: expect.arrayContaining(['transformNotAllowed']),
    });
  });
});

describe('the key and the algorithm', () => {
  const method = '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>';

  it.each(['2000/09/xmldsig#hmac-sha1', '2001/04/xmldsig-more#hmac-sha256', '2000/09/xmldsig#dsa-sha1'])(
    'are not those of a shared secret, cut short or not: %s',
    (algorithm) => {
      for (const length of ['', '<ds:HMACOutputLength>0</ds:HMACOutputLength>']) {
        const changed = `<ds:SignatureMethod Algorithm="http://www.w3.org/${algorithm}">${length}</ds:SignatureMethod>`;
        const cut = enveloped
          .replace(method, changed)
          .replace(/(<ds:SignatureValue>)[^<]*/, length === '' ? '$1AAAA' : '$1');
        expect(verify(cut)).toMatchObject({ verdict: 'indeterminate', reasons: ['algorithmUnsupported'] });
      }
    },
  );

  it('are those of the certificate that the signed properties name, whatever else lies beside it', () => {
    const other = authority.certificate('other').toString('base64');
    const named = /<ds:X509Certificate>[\s\S]*?<\/ds:X509Certificate>/.exec(enveloped)?.[0] ?? '';
    const stranger = `<ds:X509Certificate>${other}</ds:X509Certificate>`;
    expect(verify(enveloped.replace(named, stranger + named))).toMatchObject({
      verdict: 'passed',
      signatures: [{ signer: verify(enveloped).signatures[0]?.signer }],
    });
    expect(verify(enveloped.replace(named, stranger)).verdict).not.toBe('passed');
  });
});

describe('what a parser could add or split', () => {
  it('is not included from elsewhere', () => {
    const inclusion = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" parse="text" href="/etc/hostname"/>';
    const signed = makeSignedXml(authority, 'enveloped', (xml) => xml.replace('Una copia.', `Una copia.${inclusion}`));
    expect(verify(signed)).toMatchObject({ verdict: 'passed' });
    expect(verify(enveloped.replace('Una copia.', `Una copia.${inclusion}`)).verdict).toBe('failed');
  });

  it('has no base address but its own', () => {
    expect(verify(enveloped.replace('<expone>', '<expone xml:base="http://127.0.0.1:9/">')).verdict).toBe('failed');
    expect(verify(enveloped.replace('<ds:Reference URI=""', '<ds:Reference xml:base="/etc/" URI=""')).verdict).toBe(
      'failed',
    );
    const moved = detached.replace('URI="#instancia"', 'URI="http://127.0.0.1:9/#instancia"');
    expect(verify(moved).verdict).not.toBe('passed');
  });

  it('is no text that a comment splits where nobody signs comments', () => {
    for (const xml of [enveloped, detached])
      expect(verify(xml.replace('Una copia', 'Una<!-- --> copia'))).toMatchObject({
        verdict: 'indeterminate',
        reasons: ['unsignedContent'],
      });
    expect(verify(enveloped.replace('<expone>', '<!-- Lo que expone --><expone>')).verdict).toBe('passed');
  });

  it('is the same text in another writing', () => {
    expect(verify(enveloped.replace('Una copia', '&#85;na <![CDATA[copia]]>')).verdict).toBe('passed');
    expect(verify(enveloped.replace('Una copia', '&otra; copia')).verdict).not.toBe('passed');
  });
});
