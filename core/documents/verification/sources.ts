import { AppError } from '../../contract/errors.ts';
import type { Certificate } from '../signing/certificate.ts';
import { anchorOf, readCertificates } from '../signing/trust-evaluation.ts';
import type { TrustAnchor, TrustContext } from '../signing/trust-evaluation.ts';
import { summarize } from './document-verification.ts';
import type { DocumentVerification } from './document-verification.ts';
import { fetchRevocation, readRevocationCache } from './revocation-sources.ts';
import type { RevocationData, RevocationNetwork } from './revocation-sources.ts';
import { readTrustList } from './trust-list.ts';
import type { TrustList } from './trust-list.ts';
import { verifyDocument } from './verify-document.ts';

/** What documents are verified against, as bytes that can be handed to a thread. */
export type VerificationSources = Readonly<{
  /** DER of authorities to trust. */
  authorities: readonly Uint8Array[];
  /** Trust lists (ETSI TS 119 612). */
  lists: readonly Uint8Array[];
  /**
   * DER of the certificates that may sign the lists, or of their authorities; `authorities` may sign them as well. Null:
   * whoever gives the lists vouches for them, as for an authority, and their signatures only tell whether they are whole.
   */
  listSigners: readonly Uint8Array[] | null;
  /** Moment of the verification in milliseconds; null for the present of each document. */
  at: number | null;
  /** Folder of OCSP responses and revocation lists that were fetched once. */
  cacheFolder: string | null;
  isOnline: boolean;
}>;

export type DocumentVerifier = Readonly<{
  /** The lists that were read, without their services. */
  trustLists: readonly TrustListState[];
  verify(
    document: Uint8Array,
    detached: Uint8Array | null,
    circumstances?: VerificationCircumstances,
  ): Promise<DocumentVerification>;
}>;

/** What may differ from one document to the next; by default, as the sources say. */
export type VerificationCircumstances = Readonly<{
  /** Milliseconds. */
  at?: number;
  isOnline?: boolean;
  /** Answers that were kept with this document. */
  known?: RevocationData;
  /** Told what the network answered, once. */
  onFetched?: (fetched: RevocationData) => void;
}>;

export type TrustListState = Omit<TrustList, 'anchors'> & Readonly<{ services: number }>;

/** Reads the sources once and verifies documents against them; `network` is asked only for what nothing else tells. */
export function createDocumentVerifier(
  sources: VerificationSources,
  network: RevocationNetwork | null,
): DocumentVerifier {
  const authorities = readCertificates(sources.authorities);
  const { listSigners } = sources;
  const signers = listSigners === null ? null : [...authorities, ...readCertificates(listSigners)];
  const now = (): Date => new Date(sources.at ?? Date.now());
  const lists = supersede(sources.lists.map((list) => readTrustList(list, signers, now())));
  const anchors: readonly TrustAnchor[] = [...authorities.map(anchorOf), ...lists.flatMap((list) => list.anchors)];
  const kept: RevocationData =
    sources.cacheFolder === null ? { ocsps: [], crls: [] } : readRevocationCache(sources.cacheFolder);

  return {
    trustLists: lists.map(({ anchors: services, ...state }) => ({ ...state, services: services.length })),
    async verify(document, detached, circumstances = {}) {
      const at = circumstances.at === undefined ? now() : new Date(circumstances.at);
      const { ocsps = [], crls = [] } = circumstances.known ?? {};
      const known: RevocationData = { ocsps: [...kept.ocsps, ...ocsps], crls: [...kept.crls, ...crls] };
      const wanted: { certificate: Certificate; issuer: Certificate }[] = [];
      const trust: TrustContext = {
        anchors,
        at,
        ...known,
        onUnknownRevocation: (certificate, issuer) => wanted.push({ certificate, issuer }),
      };
      const first = verifySafely(document, detached, trust);
      if (network === null || circumstances.isOnline === false || wanted.length === 0) return first;
      const fetched = await fetchRevocation(wanted, network, at, sources.cacheFolder);
      if (fetched.ocsps.length + fetched.crls.length === 0) return first;
      circumstances.onFetched?.(fetched);
      return verifySafely(document, detached, {
        anchors,
        at,
        ocsps: [...known.ocsps, ...fetched.ocsps],
        crls: [...known.crls, ...fetched.crls],
      });
    },
  };
}

/** An older list would go on granting what the newer one has withdrawn. One that nobody vouches for replaces none. */
function supersede(lists: readonly TrustList[]): readonly TrustList[] {
  return lists.map((list) => {
    const isOlder = lists.some(
      (other) =>
        other.state === list.state &&
        other.territory === list.territory &&
        other.operator === list.operator &&
        Number(other.sequenceNumber) > Number(list.sequenceNumber),
    );
    return isOlder ? { ...list, state: 'superseded', anchors: [] } : list;
  });
}

function verifySafely(document: Uint8Array, detached: Uint8Array | null, trust: TrustContext): DocumentVerification {
  try {
    return verifyDocument(document, { trust, detached });
  } catch (error) {
    const isUnreadable = error instanceof AppError && error.code === 'document.unreadable';
    return summarize('unknown', [], [isUnreadable ? 'unreadableDocument' : 'limitReached']);
  }
}
