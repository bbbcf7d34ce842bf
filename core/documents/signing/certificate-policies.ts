import { isSelfIssued } from './certificate.ts';
import type { Certificate } from './certificate.ts';
import { oid } from './oids.ts';

/**
 * Whether the policies of a path stand where one of its authorities requires them (RFC 5280 §6.1, any policy accepted, none
 * required at the start). Of the tree of valid policies only the lowest leaves are kept: nobody asks here how they came to be.
 * `path` runs from the certificate upwards to the anchor, which is not looked at.
 */
export function arePoliciesValid(path: readonly Certificate[]): boolean {
  const downwards = path.slice(0, -1).toReversed();
  // Certificates that may still follow.
  let explicit = downwards.length + 1;
  let mapping = explicit;
  let any = explicit;
  // Policies that the next certificate may state.
  let expected: ReadonlySet<string> = new Set([oid.anyPolicy]);
  for (const [index, certificate] of downwards.entries()) {
    const isLast = index === downwards.length - 1;
    const selfIssued = isSelfIssued(certificate);
    const valid = validPolicies(certificate, expected, any > 0 || (!isLast && selfIssued));
    if (explicit === 0 && valid.size === 0) return false;
    if (isLast) {
      const isRequired = explicit <= 1 || certificate.requireExplicitPolicy === 0;
      return !isRequired || valid.size > 0;
    }
    const mapped = mapPolicies(certificate, valid, mapping > 0);
    if (mapped === null) return false;
    expected = mapped;
    if (!selfIssued) {
      explicit = Math.max(0, explicit - 1);
      mapping = Math.max(0, mapping - 1);
      any = Math.max(0, any - 1);
    }
    explicit = Math.min(explicit, certificate.requireExplicitPolicy ?? explicit);
    mapping = Math.min(mapping, certificate.inhibitPolicyMapping ?? mapping);
    any = Math.min(any, certificate.inhibitAnyPolicy ?? any);
  }
  return true;
}

function validPolicies(
  certificate: Certificate,
  expected: ReadonlySet<string>,
  isAnyAllowed: boolean,
): ReadonlySet<string> {
  const stated = certificate.policies.filter((policy) => policy !== oid.anyPolicy);
  const valid = new Set(stated.filter((policy) => expected.has(policy) || expected.has(oid.anyPolicy)));
  if (isAnyAllowed && certificate.policies.includes(oid.anyPolicy)) for (const policy of expected) valid.add(policy);
  return valid;
}

/** Null when the mappings are not allowed at all (RFC 5280 §6.1.4 a). */
function mapPolicies(
  { policyMappings }: Certificate,
  valid: ReadonlySet<string>,
  isAllowed: boolean,
): ReadonlySet<string> | null {
  const expected = new Set(valid);
  for (const { issuerPolicy, subjectPolicy } of policyMappings) {
    if (issuerPolicy === oid.anyPolicy || subjectPolicy === oid.anyPolicy) return null;
    expected.delete(issuerPolicy);
  }
  if (!isAllowed) return expected;
  for (const { issuerPolicy, subjectPolicy } of policyMappings)
    if (valid.has(issuerPolicy) || valid.has(oid.anyPolicy)) expected.add(subjectPolicy);
  return expected;
}
