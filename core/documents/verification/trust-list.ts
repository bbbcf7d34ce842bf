import type { XmlElement } from 'libxml2-wasm';
import type { Certificate } from '../signing/certificate.ts';
import { oid } from '../signing/oids.ts';
import { anchorOf, readCertificates } from '../signing/trust-evaluation.ts';
import type { TrustAnchor, TrustPurpose } from '../signing/trust-evaluation.ts';
import { worstFinding } from '../signing/verification-model.ts';
import type { VerificationReason } from '../signing/verification-model.ts';
import { childElements, decodeBase64, openXml } from './xml-document.ts';
import { verifyXml } from './xml-verification.ts';

/** What became of a trust list (ETSI TS 119 612). */
export type TrustList = Readonly<{
  territory: string | null;
  /** Name of whoever runs the scheme, in the first of its languages. */
  operator: string | null;
  sequenceNumber: string | null;
  nextUpdate: string | null;
  /** Common name of whoever signed it, as the list says. */
  signer: string | null;
  /**
   * `trusted`: signed by whom the caller vouches for. `unverified`: well signed, by a stranger. `superseded`: as good as
   * another of the same scheme, and older.
   */
  state: 'trusted' | 'unverified' | 'invalid' | 'superseded';
  anchors: readonly TrustAnchor[];
}>;

const listNamespace = 'http://uri.etsi.org/02231/v2#';

// Service types whose certificates end paths: authorities for signatures, and those only for time stamps.
const authorityTypes = /\/Svctype\/(?:CA\/(?:QC|PKC)|NationalRootCA-QC)$/;
const timestampTypes = /\/Svctype\/TSA(?:\/[\w-]+)?$/;

// Under eIDAS and, before July 2016, under the directive of 1999 (TS 119 612 §5.5.4 and annex D).
const grantedStates: ReadonlySet<string> = new Set([
  'granted',
  'undersupervision',
  'supervisionincessation',
  'accredited',
  'recognisedatnationallevel',
  'setbynationallaw',
]);

// These concern whoever signed the list, whom the caller vouches for or nobody does.
const trustReasons: ReadonlySet<VerificationReason> = new Set([
  'issuerNotTrusted',
  'certificateOutOfDate',
  'certificateNotForSigning',
  'revocationUnavailable',
  'revocationUnknown',
]);

// A service whose authority certifies web sites only (TS 119 612 §5.5.9.4).
const webSites = 'ForWebSiteAuthentication';

/**
 * Reads a trust list and checks its signature: it must be sound and cover the whole list, otherwise no service of it
 * counts. `signers` are the certificates of whoever may sign it, or of their authority: that certifies many others, so a
 * certificate below it must be for signing trust lists (TS 119 612 §5.7.1). With null the caller vouches for the list, whoever
 * signed it. Pointers to other lists are not followed.
 */
export function readTrustList(bytes: Uint8Array, signers: readonly Certificate[] | null, at: Date): TrustList {
  const { verdict, signatures } = verifyXml(bytes, {
    trust: {
      anchors: (signers ?? []).map(anchorOf),
      at,
      ocsps: [],
      crls: [],
      requiredPurpose: oid.keyPurposeTrustList,
    },
    detached: null,
  });
  const [signature, ...others] = signatures;
  const isSound =
    signature !== undefined &&
    others.length === 0 &&
    verdict !== 'failed' &&
    signature.coversWholeFile &&
    worstFinding(signature.reasons.filter((reason) => !trustReasons.has(reason))) === null;
  const isVouchedFor = isSound && (signers === null || !signature.reasons.includes('issuerNotTrusted'));
  const state = isVouchedFor ? 'trusted' : isSound ? 'unverified' : 'invalid';
  const signer = signature?.signer?.subjectCommonName ?? null;
  const file = isSound ? openXml(bytes) : 'unreadable';
  const nothing = { territory: null, operator: null, sequenceNumber: null, nextUpdate: null, anchors: [] };
  if (typeof file === 'string') return { ...nothing, signer, state };
  try {
    const scheme = child(file.root, 'SchemeInformation');
    const nextUpdate = textOf(child(scheme, 'NextUpdate'), 'dateTime') ?? textOf(scheme, 'NextUpdate');
    const knownUntil = readDate(nextUpdate);
    const isList =
      file.root.name === 'TrustServiceStatusList' &&
      file.root.namespaceUri === listNamespace &&
      children(file.root, 'SchemeInformation').length === 1 &&
      children(file.root, 'TrustServiceProviderList').length <= 1;
    return {
      territory: textOf(scheme, 'SchemeTerritory'),
      operator: textOf(child(scheme, 'SchemeOperatorName'), 'Name'),
      sequenceNumber: textOf(scheme, 'TSLSequenceNumber'),
      nextUpdate,
      signer,
      state: isList ? state : 'invalid',
      anchors: isList
        ? listServices(file.root).flatMap((service) =>
            readService(service).map((anchor) => ({ ...anchor, knownUntil, isVouchedFor })),
          )
        : [],
    };
  } finally {
    file.dispose();
  }
}

function listServices(root: XmlElement): readonly XmlElement[] {
  return children(child(root, 'TrustServiceProviderList'), 'TrustServiceProvider').flatMap((provider) =>
    children(child(provider, 'TSPServices'), 'TSPService'),
  );
}

function readDate(text: string | null): Date | null {
  const date = new Date(text ?? '');
  return Number.isNaN(date.getTime()) ? null : date;
}

function readService(service: XmlElement): readonly Pick<TrustAnchor, 'certificate' | 'purpose' | 'granted'>[] {
  const information = child(service, 'ServiceInformation');
  const type = textOf(information, 'ServiceTypeIdentifier') ?? '';
  const purpose = purposeOf(type);
  if (purpose === undefined || information === null || isForWebSitesOnly(information)) return [];
  const history = children(child(service, 'ServiceHistory'), 'ServiceHistoryInstance');
  const granted = readPeriods([information, ...history]);
  const encoded = children(child(information, 'ServiceDigitalIdentity'), 'DigitalId').flatMap((identity) =>
    children(identity, 'X509Certificate').map((certificate) => decodeBase64(certificate.content)),
  );
  return readCertificates(encoded).map((certificate) => ({ certificate, purpose, granted }));
}

function isForWebSitesOnly(information: XmlElement): boolean {
  const uses = children(child(information, 'ServiceInformationExtensions'), 'Extension')
    .flatMap((extension) => children(extension, 'AdditionalServiceInformation'))
    .map((use) => textOf(use, 'URI') ?? '')
    .filter((uri) => /\/SvcInfoExt\/For\w+$/.test(uri));
  return uses.length > 0 && uses.every((uri) => uri.endsWith(`/${webSites}`));
}

function purposeOf(type: string): TrustPurpose | null | undefined {
  if (authorityTypes.test(type)) return null;
  return timestampTypes.test(type) ? 'timestamp' : undefined;
}

/** Periods in which the service was granted: each state holds until the next one begins. */
function readPeriods(states: readonly XmlElement[]): NonNullable<TrustAnchor['granted']> {
  const started = states
    .map((state) => ({
      isGranted: grantedStates.has((textOf(state, 'ServiceStatus') ?? '').replace(/\/$/, '').split('/').at(-1) ?? ''),
      from: new Date(textOf(state, 'StatusStartingTime') ?? ''),
    }))
    .filter(({ from }) => !Number.isNaN(from.getTime()))
    .toSorted((left, right) => left.from.getTime() - right.from.getTime());
  return started.flatMap(({ isGranted, from }, index) =>
    isGranted ? [{ from, until: started[index + 1]?.from ?? null }] : [],
  );
}

function children(element: XmlElement | null, name: string): readonly XmlElement[] {
  if (element === null) return [];
  return childElements(element).filter((one) => one.name === name && one.namespaceUri === listNamespace);
}

function child(element: XmlElement | null, name: string): XmlElement | null {
  return children(element, name)[0] ?? null;
}

function textOf(element: XmlElement | null, name: string): string | null {
  return child(element, name)?.content.trim() ?? null;
}
