import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCertificate } from '../signing/certificate.ts';
import { oid } from '../signing/oids.ts';
import { signPdf } from '../signing/pades.ts';
import { createTestAuthority } from '../signing/testing/authority.ts';
import type { Holder, TestAuthority } from '../signing/testing/authority.ts';
import { craft, noAuthority, purposes, toPem } from '../signing/testing/crafted-certificates.ts';
import { makeTinyPdf } from '../signing/testing/tiny-pdf.ts';
import type { VerificationReason } from '../signing/verification-model.ts';
import { createDocumentVerifier } from './sources.ts';
import type { VerificationSources } from './sources.ts';
import { makeSignedXml, signDocument } from './testing/signed-xml.ts';
import {
  describeCertificate,
  describeProviders,
  describeService,
  granted,
  makeList,
  withdrawn,
} from './testing/trust-lists.ts';
import type { ListRequest } from './testing/trust-lists.ts';

let authority: TestAuthority;
let signed: Buffer;
let cacheFolder: string;

beforeAll(async () => {
  authority = createTestAuthority();
  certifyListSigner();
  cacheFolder = join(authority.folder, 'cache');
  mkdirSync(cacheFolder);
  writeFileSync(join(cacheFolder, 'sub.crl'), authority.crl());
  const request = { signer: authority.signer('officer', 'rsa-sha256'), signingTime: new Date() } as const;
  signed = (await signPdf(makeTinyPdf('hola'), request)).pdf;
}, 60_000);
afterAll(() => {
  authority.dispose();
});

/** The holder `other` of this authority signs trust lists, as its certificate says. */
function certifyListSigner(): void {
  const { subjectDer, publicKeyInfo } = readCertificate(authority.intermediate);
  const key = createPrivateKey(readFileSync(join(authority.folder, 'intermediate.key')));
  const certified = craft({
    subject: 'Firmante de listas',
    keyPair: generateKeyPairSync('rsa', { modulusLength: 2048 }),
    issuer: { subject: subjectDer, publicKeyInfo, key },
    extensions: [noAuthority, purposes(oid.keyPurposeTrustList)],
  });
  writeFileSync(join(authority.folder, 'other.der'), certified.der);
  writeFileSync(join(authority.folder, 'other.pem'), toPem(certified));
  writeFileSync(join(authority.folder, 'other.key'), certified.key.export({ format: 'pem', type: 'pkcs8' }));
}

const minutes = (count: number): Date => new Date(Date.now() + count * 60_000);

function list(request: ListRequest = {}, holder: Holder = 'plain'): string {
  return signDocument(authority, makeList(authority.intermediate, request), holder);
}

/** Only an element beside the services is signed. */
function signedInPart(): string {
  const whole = makeList(authority.intermediate);
  const end = '</TrustServiceStatusList>';
  return makeSignedXml(authority, 'detached', (template) =>
    template.replace('<sobre>', whole.slice(0, -end.length)).replace('</sobre>', end),
  );
}

type Row = readonly [
  name: string,
  /** States of the lists, and how many services count. */
  states: readonly (readonly [string, number])[],
  reasons: readonly VerificationReason[],
  make: () => Readonly<{ lists: readonly string[]; at?: Date; signers?: readonly Buffer[] }>,
];

const rows: readonly Row[] = [
  ['signed by whom it should', [['trusted', 1]], [], () => ({ lists: [list()] })],
  ['valid for an hour', [['trusted', 1]], [], () => ({ lists: [list({ nextUpdate: minutes(60) })] })],
  ['that nobody signed', [['invalid', 0]], ['issuerNotTrusted'], () => ({ lists: [makeList(authority.intermediate)] })],
  ['signed by a stranger', [['unverified', 1]], ['trustListUnverified'], () => ({ lists: [list({}, 'timestamping')] })],
  [
    'for which no signer is named',
    [['unverified', 1]],
    ['trustListUnverified'],
    () => ({ lists: [list()], signers: [] }),
  ],
  [
    'signed by anybody whom the named authority certified',
    [['unverified', 1]],
    ['trustListUnverified'],
    () => ({ lists: [list()], signers: [authority.intermediate] }),
  ],
  [
    'signed by whom the named authority certified for that',
    [['trusted', 1]],
    [],
    () => ({ lists: [list({}, 'other')], signers: [authority.intermediate] }),
  ],
  [
    'of which another part is signed',
    [['invalid', 0]],
    ['issuerNotTrusted'],
    () => ({ lists: [signedInPart()], signers: [authority.certificate('officer')] }),
  ],
  [
    'with other providers put in after it was signed',
    [['invalid', 0]],
    ['issuerNotTrusted'],
    () => {
      const added = describeProviders(describeService(authority.intermediate));
      return { lists: [list({ states: [withdrawn, granted] }).replace('<TrustServiceProviderList>', `${added}$&`)] };
    },
  ],
  [
    'with two lists of providers',
    [['invalid', 0]],
    ['issuerNotTrusted'],
    () => ({ lists: [list({ after: describeProviders(describeService(authority.root)) })] }),
  ],
  [
    'with a document type and its entities',
    [['invalid', 0]],
    ['issuerNotTrusted'],
    () => ({
      lists: [
        list().replace(
          '<TrustServiceStatusList',
          '<!DOCTYPE TrustServiceStatusList [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>$&',
        ),
      ],
    }),
  ],
  [
    'that had to be replaced by the next a minute before',
    [['trusted', 1]],
    ['trustListOutdated'],
    () => ({ lists: [list({ nextUpdate: minutes(1) })], at: minutes(2) }),
  ],
  [
    'of a stranger, that had to be replaced',
    [['unverified', 1]],
    ['trustListUnverified', 'trustListOutdated'],
    () => ({ lists: [list({ nextUpdate: minutes(1) }, 'timestamping')], at: minutes(2) }),
  ],
  [
    'beside a newer one that withdraws the service',
    [
      ['superseded', 0],
      ['trusted', 1],
    ],
    ['serviceNotGranted'],
    () => ({ lists: [list(), list({ sequenceNumber: 10, states: [withdrawn, granted] })] }),
  ],
  [
    'beside a newer one that nobody vouches for',
    [
      ['trusted', 1],
      ['unverified', 1],
    ],
    [],
    () => ({ lists: [list(), list({ sequenceNumber: 10, states: [withdrawn, granted] }, 'timestamping')] }),
  ],
  [
    'beside the newer one of another country',
    [
      ['trusted', 1],
      ['trusted', 1],
    ],
    [],
    () => ({ lists: [list(), list({ sequenceNumber: 10, territory: 'PT', states: [withdrawn, granted] })] }),
  ],
  [
    'that withdraws the service in a minute',
    [['trusted', 1]],
    [],
    () => ({ lists: [list({ states: [{ ...withdrawn, from: minutes(1).toISOString() }, granted] })] }),
  ],
  [
    'that withdrew the service a minute before',
    [['trusted', 1]],
    ['serviceNotGranted'],
    () => ({
      lists: [list({ states: [{ ...withdrawn, from: minutes(1).toISOString() }, granted] })],
      at: minutes(2),
    }),
  ],
  [
    'that withdrew the service and granted it again',
    [['trusted', 1]],
    [],
    () => ({ lists: [list({ states: [{ ...granted, from: '2022-01-01T00:00:00Z' }, withdrawn, granted] })] }),
  ],
  [
    'whose service is under supervision as before 2016',
    [['trusted', 1]],
    [],
    () => ({ lists: [list({ states: [{ ...granted, status: 'undersupervision' }] })] }),
  ],
  [
    'with a state that nobody knows',
    [['trusted', 1]],
    ['serviceNotGranted'],
    () => ({ lists: [list({ states: [{ ...granted, status: 'notgranted' }] })] }),
  ],
  ['of a national root', [['trusted', 1]], [], () => ({ lists: [list({ type: 'NationalRootCA-QC' })] })],
  ['of a registration authority', [['trusted', 0]], ['issuerNotTrusted'], () => ({ lists: [list({ type: 'RA' })] })],
  [
    'whose service certifies web sites only',
    [['trusted', 0]],
    ['issuerNotTrusted'],
    () => ({ lists: [list({ uses: ['ForWebSiteAuthentication'] })] }),
  ],
  [
    'whose service certifies signers, seals and web sites',
    [['trusted', 1]],
    [],
    () => ({ lists: [list({ uses: ['ForWebSiteAuthentication', 'ForeSignatures', 'ForeSeals', 'RootCA-QC'] })] }),
  ],
  [
    'that names only the key of the service',
    [['trusted', 0]],
    ['issuerNotTrusted'],
    () => ({ lists: [list({ identities: '<DigitalId><X509SKI>AAAAAAAAAAAAAAAAAAAAAAAAAAA=</X509SKI></DigitalId>' })] }),
  ],
  [
    'that names several certificates, one of them damaged',
    [['trusted', 2]],
    [],
    () => {
      const certificates = [authority.certificate('timestamping'), Buffer.from('0000', 'hex'), authority.intermediate];
      return { lists: [list({ identities: certificates.map(describeCertificate).join('') })] };
    },
  ],
  [
    'that only points to others',
    [['trusted', 0]],
    ['issuerNotTrusted'],
    () => {
      const pointer =
        '<PointersToOtherTSL><OtherTSLPointer><TSLLocation>http://127.0.0.1/es.xml</TSLLocation></OtherTSLPointer></PointersToOtherTSL>';
      return { lists: [list({ type: 'none', scheme: pointer })] };
    },
  ],
  ['of two thousand services', [['trusted', 2001]], [], () => ({ lists: [list({ others: 2000 })] })],
  [
    'that is something else',
    [['invalid', 0]],
    ['issuerNotTrusted'],
    () => ({ lists: [signDocument(authority, '<lista></lista>', 'plain')] }),
  ],
];

describe('a trust list', () => {
  it.each(rows)('%s', async (_, states, reasons, make) => {
    const { lists, at = new Date(), signers = [authority.certificate('plain')] } = make();
    const sources: VerificationSources = {
      authorities: [],
      lists: lists.map((one) => Buffer.from(one)),
      listSigners: signers,
      at: at.getTime(),
      cacheFolder,
      isOnline: false,
    };
    const verifier = createDocumentVerifier(sources, null);
    expect(verifier.trustLists.map(({ state, services }) => [state, services])).toEqual(states);
    expect(await verifier.verify(signed, null)).toMatchObject({
      verdict: reasons.length === 0 ? 'passed' : 'indeterminate',
      reasons,
    });
  });

  it('counts for whoever vouches for it by naming it, while it is whole', async () => {
    const sources = { authorities: [], listSigners: null, at: null, cacheFolder, isOnline: false };
    const whole = Buffer.from(list());
    const verifier = createDocumentVerifier({ ...sources, lists: [whole] }, null);
    expect(verifier.trustLists).toMatchObject([{ state: 'trusted' }]);
    expect(await verifier.verify(signed, null)).toMatchObject({ verdict: 'passed' });
    const place = whole.indexOf('<TSLSequenceNumber>') + '<TSLSequenceNumber>'.length;
    const altered = Buffer.from(whole);
    altered.writeUInt8(altered.readUInt8(place) ^ 1, place);
    const doubting = createDocumentVerifier({ ...sources, lists: [altered] }, null);
    expect(doubting.trustLists).toMatchObject([{ state: 'invalid', services: 0 }]);
    expect(await doubting.verify(signed, null)).toMatchObject({ verdict: 'indeterminate' });
  });

  it('is not vouched for by whomever an authority for signatures certified', () => {
    const sources = { lists: [Buffer.from(list())], listSigners: [], at: null, cacheFolder: null, isOnline: false };
    const verifier = createDocumentVerifier(
      { ...sources, authorities: [authority.root, authority.intermediate] },
      null,
    );
    expect(verifier.trustLists).toMatchObject([{ state: 'unverified' }]);
  });
});
