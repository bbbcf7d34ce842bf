import { findNameAttribute, isSelfIssued } from './certificate.ts';
import type { Certificate } from './certificate.ts';
import { derChild, derChildren } from './der.ts';
import type { DerNode } from './der.ts';
import { comparableName, isWithin } from './distinguished-name.ts';
import type { ComparableName } from './distinguished-name.ts';

/** A name of a certificate, or a subtree that constrains such names. */
type GeneralName = Readonly<{ kind: number; bytes: Buffer; text: string; name: ComparableName }>;

// Context tags of GeneralName (RFC 5280 §4.2.1.6).
const email = 0x81;
const domain = 0x82;
const directory = 0xa4;
const address = 0x86;
const network = 0x87;
const emailAddress = '1.2.840.113549.1.9.1';

// Comparisons that one path may cost; honest ones cost a few.
const maximumComparisons = 100_000;

/**
 * Whether every certificate of a path has only names that the authorities above allow it (RFC 5280 §4.2.1.10), an anchor's
 * own constraints included. `path` runs upwards. Constraints on a kind of name that cannot be compared forbid that kind.
 */
export function areNamesAllowed(path: readonly Certificate[]): boolean {
  let comparisons = 0;
  return path.every(({ nameConstraints }, position) => {
    if (nameConstraints === null) return true;
    // RFC 5280 wants no bounds but the default; what others would mean nobody has said.
    if ([...nameConstraints.permitted, ...nameConstraints.excluded].some(hasBounds)) return false;
    const permitted = nameConstraints.permitted.map((subtree) => readGeneralName(derChild(subtree, 0)));
    const excluded = nameConstraints.excluded.map((subtree) => readGeneralName(derChild(subtree, 0)));
    return path.slice(0, position).every((certificate, index) => {
      if (index > 0 && isSelfIssued(certificate)) return true;
      const names = namesOf(certificate);
      comparisons += names.length * (permitted.length + excluded.length);
      if (comparisons > maximumComparisons) return false;
      return names.every((name) => {
        const allowing = permitted.filter(({ kind }) => kind === name.kind);
        const forbidding = excluded.filter(({ kind }) => kind === name.kind);
        return (
          (allowing.length === 0 || allowing.some((subtree) => isInSubtree(name, subtree) === true)) &&
          forbidding.every((subtree) => isInSubtree(name, subtree) === false)
        );
      });
    });
  });
}

function namesOf(certificate: Certificate): readonly GeneralName[] {
  const names = certificate.alternativeNames.map(readGeneralName);
  if (certificate.subjectName.length > 0)
    names.push({ kind: directory, bytes: Buffer.alloc(0), text: '', name: certificate.subjectName });
  // Where older certificates keep the address.
  const inSubject = findNameAttribute(certificate.subject, emailAddress);
  if (inSubject !== null && !names.some(({ kind }) => kind === email))
    names.push({ kind: email, bytes: Buffer.alloc(0), text: inSubject.toLowerCase(), name: [] });
  return names;
}

function hasBounds(subtree: DerNode): boolean {
  return derChildren(subtree)
    .slice(1)
    .some(({ tag, content }) => tag !== 0x80 || content.some((octet) => octet !== 0));
}

function readGeneralName(node: DerNode): GeneralName {
  const isDirectory = node.tag === directory;
  return {
    kind: node.tag,
    bytes: node.content,
    text: isDirectory ? '' : node.content.toString('latin1').toLowerCase(),
    name: isDirectory ? comparableName(derChild(node, 0)) : [],
  };
}

/** Null when nobody can tell. */
function isInSubtree(name: GeneralName, subtree: GeneralName): boolean | null {
  switch (name.kind) {
    case directory:
      return isWithin(name.name, subtree.name);
    case domain:
      return isDomainWithin(name.text, subtree.text);
    case email:
      return isMailWithin(name.text, subtree.text);
    case address:
      return isAddressWithin(name.text, subtree.text);
    case network:
      return isNetworkWithin(name.bytes, subtree.bytes);
    default:
      return null;
  }
}

function isHostWithin(host: string, subtree: string): boolean {
  if (subtree === '') return true;
  return subtree.startsWith('.') ? host.endsWith(subtree) : host === subtree || host.endsWith(`.${subtree}`);
}

const hostPattern = /^(?:\*\.)?[\w-]+(?:\.[\w-]+)*$/;

// A wildcard may also stand for what is below it: nobody can tell for every name that it covers.
function isDomainWithin(host: string, subtree: string): boolean | null {
  if (!hostPattern.test(host)) return null;
  if (isHostWithin(host, subtree)) return true;
  return host.startsWith('*.') && subtree.endsWith(host.slice(1)) ? null : false;
}

// One mailbox, all of a host, or all below a domain.
function isMailWithin(mail: string, subtree: string): boolean | null {
  const [, host] = /^[^@]+@([^@]+)$/.exec(mail) ?? [];
  if (host === undefined || !hostPattern.test(host)) return null;
  if (subtree.includes('@')) return mail === subtree;
  return subtree.startsWith('.') ? host.endsWith(subtree) : host === subtree;
}

function isAddressWithin(uri: string, subtree: string): boolean | null {
  const host = /^[a-z][a-z\d+.-]*:\/\/(?:[^/?#@]*@)?([^/?#:@]+)(?::\d*)?(?:[/?#]|$)/.exec(uri)?.[1];
  if (host === undefined) return null;
  return subtree.startsWith('.') ? host.endsWith(subtree) : host === subtree;
}

// The second half of the constraint is a mask.
function isNetworkWithin(ip: Buffer, subtree: Buffer): boolean | null {
  if (subtree.length !== ip.length * 2) return subtree.length === 8 || subtree.length === 32 ? false : null;
  return ip.every((octet, index) => ((octet ^ (subtree[index] ?? 0)) & (subtree[ip.length + index] ?? 0)) === 0);
}
