import { randomBytes, verify, X509Certificate } from 'node:crypto';
import { AppError } from '../contract/errors.ts';
import type { ErrorCode } from '../contract/errors.ts';
import type { MethodInput } from '../contract/methods.ts';
import type { CardCandidate, SessionOfficer } from '../contract/schemas/desk.ts';
import type { Officer, ReferenceData } from '../contract/schemas/reference.ts';
import { maskIdentifier, normalizeIdentifier } from '../domain/identifiers.ts';
import { readCertificateIdentity } from '../documents/signing/certificate-identity.ts';
import type { CertificateIdentity } from '../documents/signing/certificate-identity.ts';
import { chooseCertificates } from '../documents/signing/certificate-choice.ts';
import type { CertificateRefusal } from '../documents/signing/certificate-choice.ts';
import type { SignedInOfficer } from './context.ts';
import type { CardCertificate, CardPort, CardReader, LoginOutcome } from './ports/card.ts';

export type SessionState = 'signedOut' | 'locked' | 'signedIn';

/** Who sits at the desk. Card out locks; the same card and its PIN bring back where one was. */
export type OfficerSession = Readonly<{
  state(): SessionState;
  current(): SignedInOfficer | null;
  /** Throws `session.notSignedIn` or `session.locked`. */
  require(): SignedInOfficer;
  view(): SessionOfficer | null;
  listCandidates(): Promise<CardCandidate[]>;
  signIn(input: MethodInput<'session.signIn'>): Promise<void>;
  lock(): void;
  signOut(): void;
  /** Told by the card bridge; locks when the officer's card is gone. */
  readersChanged(readers: readonly CardReader[]): void;
}>;

export type SessionDependencies = Readonly<{
  card: CardPort;
  /** Null until the desk is open. Throws `reference.notFound` where the centre has sent none yet. */
  reference: () => ReferenceData | null;
  extraEmployeePolicies: readonly string[];
  now: () => Date;
  changed: () => void;
}>;

export function createOfficerSession(dependencies: SessionDependencies): OfficerSession {
  let officer: SignedInOfficer | null = null;
  let isLocked = false;

  function require(): SignedInOfficer {
    if (officer === null) throw new AppError('session.notSignedIn');
    if (isLocked) throw new AppError('session.locked');
    return officer;
  }

  function getReference(): ReferenceData {
    const reference = dependencies.reference();
    if (reference === null) throw new AppError('desk.notOpened');
    return reference;
  }

  return {
    state: () => (officer === null ? 'signedOut' : isLocked ? 'locked' : 'signedIn'),
    current: () => officer,
    require,
    view: () => (officer === null ? null : toSessionOfficer(officer.officer)),
    async listCandidates() {
      const readers = await dependencies.card.listReaders();
      return listOfficerCandidates(readers, getReference(), dependencies);
    },
    async signIn({ readerId, certificateId, pin }) {
      try {
        const reference = getReference();
        const { reader, certificate } = findCertificate(await dependencies.card.listReaders(), readerId, certificateId);
        const refusal = refusalOf(certificate, reference, dependencies);
        if (refusal === 'notInDirectory') throw new AppError('session.officerUnknown');
        if (refusal === 'expired') throw new AppError('session.certificateExpired');
        if (refusal !== null) throw new AppError('session.certificateNotAccepted', { reason: refusal });
        const identity = readCertificateIdentity(certificate.der);
        const found = findOfficer(reference, identity);
        if (found === null) throw new AppError('session.officerUnknown');
        // Behind a locked screen there is somebody else's work.
        if (isLocked && officer !== null && officer.officer.officerId !== found.officerId)
          throw new AppError('session.otherOfficer');
        await provePossession(dependencies.card, readerId, certificate, pin);
        officer = {
          officer: found,
          readerId,
          tokenSerial: reader.token?.serial ?? '',
          certificateId,
          certificate: certificate.der,
          certificateSerial: identity.serialHex,
        };
        isLocked = false;
        dependencies.changed();
      } finally {
        pin?.fill(0);
      }
    },
    lock() {
      require();
      isLocked = true;
      dependencies.changed();
    },
    signOut() {
      officer = null;
      isLocked = false;
      dependencies.changed();
    },
    readersChanged(readers) {
      if (officer === null || isLocked) return;
      const { readerId, tokenSerial } = officer;
      const isThere = readers.some((reader) => reader.readerId === readerId && reader.token?.serial === tokenSerial);
      if (!isThere) isLocked = true;
    },
  };
}

function toSessionOfficer(officer: Officer): SessionOfficer {
  return {
    officerId: officer.officerId,
    fullName: fullNameOfOfficer(officer),
    post: officer.post,
    unitName: officer.unitName,
    mayActForCitizens: officer.mayActForCitizens && officer.isCivilServant,
    mayIssueCopies: officer.mayIssueCopies,
    mayUnlockSeal: officer.mayUnlockSeal,
    isSupervisor: officer.isSupervisor,
  };
}

export function fullNameOfOfficer(officer: Officer): string {
  return [officer.givenName, officer.surname1, officer.surname2].filter((part) => part !== '').join(' ');
}

function findOfficer(reference: ReferenceData, identity: CertificateIdentity): Officer | null {
  if (identity.nif === null) return null;
  const nif = normalizeIdentifier(identity.nif);
  return reference.officers.find((officer) => officer.isActive && normalizeIdentifier(officer.nif) === nif) ?? null;
}

function refusalOf(
  certificate: CardCertificate,
  reference: ReferenceData,
  dependencies: SessionDependencies,
): CardCandidate['refusal'] {
  if (!certificate.hasPrivateKey) return 'noPrivateKey';
  const [choice] = chooseCertificates([certificate.der], {
    at: dependencies.now(),
    trustedIssuers: trustedCertificatesOf(reference),
    extraPolicies: dependencies.extraEmployeePolicies,
  });
  const [refusal] = choice?.signInRefusals ?? ['unreadable'];
  if (refusal !== undefined) return refusalView[refusal];
  return findOfficer(reference, readCertificateIdentity(certificate.der)) === null ? 'notInDirectory' : null;
}

export const refusalView: Readonly<Record<CertificateRefusal, NonNullable<CardCandidate['refusal']>>> = {
  unreadable: 'issuerNotTrusted',
  notYetValid: 'notYetValid',
  expired: 'expired',
  issuerNotTrusted: 'issuerNotTrusted',
  policyNotAccepted: 'notAnEmployee',
  keyUsage: 'notForSigning',
};

/** DER of the authorities that the reference data trusts. */
export function trustedCertificatesOf(reference: ReferenceData): Uint8Array[] {
  return reference.trustAnchors.map((pem) => new X509Certificate(pem).raw);
}

function listOfficerCandidates(
  readers: readonly CardReader[],
  reference: ReferenceData,
  dependencies: SessionDependencies,
): CardCandidate[] {
  return readers.flatMap((reader) =>
    (reader.token?.certificates ?? []).flatMap((certificate) => {
      const identity = readCertificateIdentity(certificate.der);
      // The seal and citizens' cards are not for signing in.
      if (identity.kind === 'seal' || identity.kind === 'citizen' || identity.kind === 'representative') return [];
      return [toCandidate(reader, certificate, refusalOf(certificate, reference, dependencies))];
    }),
  );
}

export function toCandidate(
  reader: CardReader,
  certificate: CardCertificate,
  refusal: CardCandidate['refusal'],
): CardCandidate {
  const identity = readCertificateIdentity(certificate.der);
  if (reader.token === null) throw new AppError('card.absent');
  const { level, triesLeft, minLength, maxLength } = reader.token.pinState;
  return {
    readerId: reader.readerId,
    readerName: reader.readerName,
    certificateId: certificate.certificateId,
    holderName: identity.fullName,
    holderIdentifier: identity.nif === null ? '' : maskIdentifier(normalizeIdentifier(identity.nif)),
    kind: identity.kind,
    issuerName: identity.issuerCommonName,
    notAfter: identity.notAfter.toISOString(),
    refusal,
    pinState: { level, triesLeft, minLength, maxLength },
    hasPinPad: reader.hasPinPad,
    asksPinEachTime: certificate.alwaysAuthenticate,
  };
}

export function findCertificate(
  readers: readonly CardReader[],
  readerId: string,
  certificateId: string,
): Readonly<{ reader: CardReader; certificate: CardCertificate }> {
  const reader = readers.find((candidate) => candidate.readerId === readerId);
  if (reader === undefined) throw new AppError('card.readerAbsent');
  if (reader.token === null) throw new AppError('card.absent');
  const certificate = reader.token.certificates.find((candidate) => candidate.certificateId === certificateId);
  if (certificate === undefined) throw new AppError('card.noCertificate');
  return { reader, certificate };
}

/** A directory name is public, a key is not: the card signs a fresh challenge. */
async function provePossession(
  card: CardPort,
  readerId: string,
  certificate: CardCertificate,
  pin: Uint8Array | null,
): Promise<void> {
  const signaturePin = certificate.alwaysAuthenticate && pin !== null ? Uint8Array.from(pin) : null;
  const sessionId = await loginOrThrow(card, readerId, pin);
  try {
    const challenge = randomBytes(32);
    const algorithm = certificate.keyType === 'rsa' ? 'rsa-sha256' : 'ecdsa-sha256';
    const signature = await card.sign({
      sessionId,
      certificateId: certificate.certificateId,
      algorithm,
      data: challenge,
      ...(signaturePin === null ? {} : { pin: signaturePin }),
    });
    if (!verify('sha256', challenge, new X509Certificate(certificate.der).publicKey, signature))
      throw new AppError('signature.keyMismatch');
  } finally {
    signaturePin?.fill(0);
    await card.logout(sessionId);
  }
}

/** Turns the closed outcomes of a PIN into their errors. */
export async function loginOrThrow(card: CardPort, readerId: string, pin: Uint8Array | null): Promise<string> {
  const login = await card.login({ readerId, pin });
  if (login.outcome === 'ok') return login.sessionId;
  if (login.outcome === 'incorrect') {
    const details = login.triesLeft === null ? {} : { triesLeft: login.triesLeft };
    throw new AppError(login.isLastTry ? 'card.pinLastTry' : 'card.pinIncorrect', details);
  }
  throw new AppError(errorOfOutcome[login.outcome]);
}

const errorOfOutcome: Readonly<Record<Exclude<LoginOutcome['outcome'], 'ok' | 'incorrect'>, ErrorCode>> = {
  cancelled: 'card.pinCancelled',
  timedOut: 'card.pinTimedOut',
  locked: 'card.pinLocked',
  expired: 'card.pinExpired',
  removed: 'card.removed',
  busy: 'card.busy',
  moduleCrashed: 'card.moduleCrashed',
  invalidLength: 'card.pinLength',
};
