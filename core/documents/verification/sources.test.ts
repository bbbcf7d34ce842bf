import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signPdf } from '../signing/pades.ts';
import { createTestAuthority } from '../signing/testing/authority.ts';
import type { Holder, TestAuthority } from '../signing/testing/authority.ts';
import { makeTinyPdf } from '../signing/testing/tiny-pdf.ts';
import type { RevocationNetwork } from './revocation-sources.ts';
import { createDocumentVerifier } from './sources.ts';
import type { VerificationSources } from './sources.ts';
import { signDocument } from './testing/signed-xml.ts';
import { granted, makeList } from './testing/trust-lists.ts';

let authority: TestAuthority;
let folder: string;
let signed: Buffer;

beforeAll(async () => {
  authority = createTestAuthority();
  folder = mkdtempSync(join(tmpdir(), 'ventanilla-cache-'));
  signed = await sign('officer');
}, 60_000);
afterAll(() => {
  authority.dispose();
  rmSync(folder, { recursive: true, force: true });
});

async function sign(holder: Holder): Promise<Buffer> {
  const algorithm = holder === 'revoked' ? 'ecdsa-sha256' : 'rsa-sha256';
  const request = { signer: authority.signer(holder, algorithm), signingTime: new Date() } as const;
  return (await signPdf(makeTinyPdf('hola'), request)).pdf;
}

const nothing: VerificationSources = {
  authorities: [],
  lists: [],
  listSigners: [],
  at: null,
  cacheFolder: null,
  isOnline: false,
};

function crlFolder(): string {
  const cache = join(folder, 'crl');
  rmSync(cache, { recursive: true, force: true });
  const made = mkdtempSync(`${cache}-`);
  writeFileSync(join(made, 'sub.crl'), authority.crl());
  return made;
}

function withList(list: string, more: Partial<VerificationSources> = {}): ReturnType<typeof createDocumentVerifier> {
  return createDocumentVerifier({ ...nothing, lists: [Buffer.from(list)], cacheFolder: crlFolder(), ...more }, null);
}

describe('a trust list', () => {
  it('gives trust when whoever signed it is vouched for', async () => {
    const list = signDocument(authority, makeList(authority.intermediate), 'plain');
    const verifier = withList(list, { listSigners: [authority.certificate('plain')] });
    expect(verifier.trustLists).toMatchObject([
      { territory: 'ES', sequenceNumber: '7', state: 'trusted', services: 1 },
    ]);
    expect(await verifier.verify(signed, null)).toMatchObject({ verdict: 'passed', reasons: [] });
  });

  it('is told to be unverified when nobody vouches for its signer', async () => {
    const verifier = withList(signDocument(authority, makeList(authority.intermediate), 'plain'));
    expect(verifier.trustLists).toMatchObject([{ signer: 'Sin usos especiales', state: 'unverified' }]);
    expect(await verifier.verify(signed, null)).toMatchObject({
      verdict: 'indeterminate',
      subIndication: 'NO_CERTIFICATE_CHAIN_FOUND',
      reasons: ['trustListUnverified'],
    });
  });

  it.each([
    ['changed after it was signed', (list: string) => list.replace('<TSLSequenceNumber>7', '<TSLSequenceNumber>8')],
    ['not signed', (list: string) => list.replace(/<ds:Signature[\s\S]*<\/ds:Signature>/, '')],
    [
      'wrapped in another',
      (list: string) =>
        `<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#">${list}</TrustServiceStatusList>`,
    ],
  ])('gives none when it is %s', async (_, change) => {
    const list = change(signDocument(authority, makeList(authority.intermediate), 'plain'));
    const verifier = withList(list, { listSigners: [authority.certificate('plain')] });
    expect(verifier.trustLists).toMatchObject([{ state: 'invalid', services: 0 }]);
    expect(await verifier.verify(signed, null)).toMatchObject({ reasons: ['issuerNotTrusted'] });
  });

  it.each([
    ['withdrawn', 'CA/QC', [{ status: 'withdrawn', from: '2020-01-01T00:00:00Z' }, granted], 'serviceNotGranted'],
    ['granted only later', 'CA/QC', [{ ...granted, from: '2090-01-01T00:00:00Z' }], 'serviceNotGranted'],
    ['for time stamps', 'TSA/QTST', [granted], 'issuerNotTrusted'],
    ['for revocation answers', 'Certstatus/OCSP/QC', [granted], 'issuerNotTrusted'],
  ] as const)('does not trust a service %s', async (_, type, states, reason) => {
    const list = signDocument(authority, makeList(authority.intermediate, { type, states }), 'plain');
    const verifier = withList(list, { listSigners: [authority.certificate('plain')] });
    expect(await verifier.verify(signed, null)).toMatchObject({
      verdict: 'indeterminate',
      subIndication: 'NO_CERTIFICATE_CHAIN_FOUND',
      reasons: [reason],
    });
  });
});

describe('the state of a certificate', () => {
  const network: RevocationNetwork = {
    post: (url, request) => authority.fetchBytes(url, request),
    get: () => Promise.reject(new Error('no line')),
  };

  it('is asked for when nothing else tells, and kept', async () => {
    const cacheFolder = join(folder, 'asked');
    const sources = { ...nothing, authorities: [authority.root], cacheFolder };
    expect(await createDocumentVerifier(sources, null).verify(signed, null)).toMatchObject({
      subIndication: 'TRY_LATER',
    });
    const online = createDocumentVerifier({ ...sources, at: Date.now() + 1000 }, network);
    expect(await online.verify(signed, null)).toMatchObject({
      verdict: 'passed',
      signatures: [{ revocation: { status: 'good', source: 'ocsp' } }],
    });
    expect(readdirSync(cacheFolder)).toHaveLength(1);
    expect(await createDocumentVerifier(sources, null).verify(signed, null)).toMatchObject({ verdict: 'passed' });
  });

  it('may be that it is revoked, with nothing to prove that the signature is older', async () => {
    const sources = { ...nothing, authorities: [authority.root], at: Date.now() + 1000 };
    expect(await createDocumentVerifier(sources, network).verify(await sign('revoked'), null)).toMatchObject({
      verdict: 'indeterminate',
      subIndication: 'REVOKED_NO_POE',
    });
  });

  it('is not asked of the address that a stranger names', async () => {
    const asked: string[] = [];
    const watched: RevocationNetwork = {
      post: (url) => Promise.reject(new Error(`${asked.push(url)}`)),
      get: (url) => Promise.reject(new Error(`${asked.push(url)}`)),
    };
    await createDocumentVerifier(nothing, watched).verify(signed, null);
    expect(asked).toEqual([]);
  });
});
