import { isIssuedBy, isSelfIssued } from './certificate.ts';
import type { Certificate } from './certificate.ts';
import { arePoliciesValid } from './certificate-policies.ts';
import { isSameName } from './distinguished-name.ts';
import { areNamesAllowed } from './name-constraints.ts';

/** Outcome of looking for a path from a certificate to a trust anchor. The path runs from the certificate upwards. */
export type PathResult =
  | Readonly<{ outcome: 'trusted'; path: readonly Certificate[] }>
  | Readonly<{ outcome: 'outOfDate'; path: readonly Certificate[]; certificate: Certificate }>
  | Readonly<{ outcome: 'noPath' }>;

// Spanish hierarchies have three floors; the limits keep cross-certified pools, and authorities of one name with many keys,
// from costing exponential time.
const maximumPathLength = 8;
const maximumSignatureChecks = 200;

/**
 * Looks for a path to one of `anchors` that is valid at `at` (RFC 5280 §6, any policy accepted; a certificate with a
 * critical extension beyond those read is not accepted in a path). pkijs's engine is not used because it follows
 * cross-certified authorities without end and ignores path lengths.
 */
export function findCertificatePath(
  certificate: Certificate,
  options: Readonly<{ pool: readonly Certificate[]; anchors: readonly Certificate[]; at: Date }>,
): PathResult {
  let signatureChecks = 0;
  let expired: PathResult | null = null;

  function extend(path: readonly Certificate[]): PathResult | null {
    const last = path.at(-1);
    if (last === undefined || path.length > maximumPathLength) return null;
    if (last.unknownCriticalExtensions.length > 0) return null;
    if (options.anchors.some((anchor) => anchor.der.equals(last.der))) return finish(path);
    for (const issuer of [...listIssuers(options.anchors, path), ...listIssuers(options.pool, path)]) {
      signatureChecks += 1;
      if (signatureChecks > maximumSignatureChecks) return null;
      if (!isIssuedBy(last, issuer)) continue;
      const result = extend([...path, issuer]);
      if (result !== null) return result;
    }
    return null;
  }

  function finish(path: readonly Certificate[]): PathResult | null {
    if (!areNamesAllowed(path) || !arePoliciesValid(path)) return null;
    // The anchor itself is trusted as such: its own dates do not count (RFC 5280 §6.1.1 d).
    const stale = path
      .slice(0, Math.max(1, path.length - 1))
      .find((member) => options.at < member.notBefore || options.at > member.notAfter);
    if (stale === undefined) return { outcome: 'trusted', path };
    expired ??= { outcome: 'outOfDate', path, certificate: stale };
    return null;
  }

  return extend([certificate]) ?? expired ?? { outcome: 'noPath' };
}

/** Those that may have issued the last certificate, the likeliest first. */
function listIssuers(candidates: readonly Certificate[], path: readonly Certificate[]): readonly Certificate[] {
  const last = path.at(-1);
  if (last === undefined) return [];
  const named = candidates.filter(
    (issuer) =>
      mayIssue(issuer, last, path) &&
      !path.some(
        (used) => isSameName(used.subjectName, issuer.subjectName) && used.publicKeyInfo.equals(issuer.publicKeyInfo),
      ),
  );
  const hint = last.authorityKeyIdentifier;
  if (hint === null) return named;
  const isHinted = (issuer: Certificate): boolean => issuer.subjectKeyIdentifier === hint;
  return [...named.filter(isHinted), ...named.filter((issuer) => !isHinted(issuer))];
}

function mayIssue(issuer: Certificate, subject: Certificate, path: readonly Certificate[]): boolean {
  // RFC 5280 §4.1.2.6: an authority has a name.
  if (issuer.subjectName.length === 0 || !isSameName(issuer.subjectName, subject.issuerName)) return false;
  if (!issuer.isAuthority || (issuer.keyUsage !== null && !issuer.keyUsage.keyCertSign)) return false;
  // Authorities below the issuer, self-issued ones left aside (RFC 5280 §4.2.1.9).
  const below = path.slice(1).filter((member) => !isSelfIssued(member)).length;
  return issuer.pathLength === null || below <= issuer.pathLength;
}
