import { AppError } from '../contract/errors.ts';
import { readCertificateIdentity } from '../documents/signing/certificate-identity.ts';
import type { RawSigner } from '../documents/signing/cms.ts';
import { loginOrThrow } from './officer-session.ts';
import type { CardCertificate, CardPort, CardReader } from './ports/card.ts';

/**
 * The organ seal (art. 42 Ley 40/2015; ordinance art. 35): a key in a token at the office. An authorised officer
 * unlocks it at opening; only the bridge's session holds it, and after a restart of the bridge it is asked again.
 */
export type Seal = Readonly<{
  state(): 'absent' | 'locked' | 'unlocked';
  unlock(pin: Uint8Array): Promise<void>;
  /** Signs with the seal, or null when it is absent or locked. */
  signer(): RawSigner | null;
  readersChanged(readers: readonly CardReader[]): void;
}>;

type SealToken = Readonly<{ reader: CardReader; certificate: CardCertificate }>;

export function createSeal(
  dependencies: Readonly<{ card: CardPort; chain: () => readonly Uint8Array[]; now: () => Date; changed: () => void }>,
): Seal {
  let token: SealToken | null = null;
  let sessionId: string | null = null;

  async function sign(certificate: CardCertificate, data: Uint8Array): Promise<Uint8Array> {
    if (sessionId === null) throw new AppError('seal.locked');
    try {
      return await dependencies.card.sign({
        sessionId,
        certificateId: certificate.certificateId,
        algorithm: algorithmOf(certificate),
        data,
      });
    } catch (error) {
      // The session ended with its bridge or its token: the seal is asked for again, nothing else stops.
      sessionId = null;
      dependencies.changed();
      throw error;
    }
  }

  return {
    state: () => (token === null ? 'absent' : sessionId === null ? 'locked' : 'unlocked'),
    async unlock(pin) {
      try {
        if (token === null) throw new AppError('seal.absent');
        if (readCertificateIdentity(token.certificate.der).notAfter < dependencies.now())
          throw new AppError('card.certificateExpired');
        sessionId = await loginOrThrow(dependencies.card, token.reader.readerId, pin);
        dependencies.changed();
      } finally {
        pin.fill(0);
      }
    },
    signer() {
      if (token === null || sessionId === null) return null;
      const { certificate } = token;
      return {
        certificate: certificate.der,
        chain: dependencies.chain(),
        algorithm: algorithmOf(certificate),
        sign: (data) => sign(certificate, data),
      };
    },
    readersChanged(readers) {
      const found = findSeal(readers);
      if (
        found?.reader.readerId !== token?.reader.readerId ||
        found?.reader.token?.serial !== token?.reader.token?.serial
      )
        sessionId = null;
      token = found;
    },
  };
}

function algorithmOf(certificate: CardCertificate): RawSigner['algorithm'] {
  return certificate.keyType === 'rsa' ? 'rsa-sha256' : 'ecdsa-sha256';
}

function findSeal(readers: readonly CardReader[]): SealToken | null {
  for (const reader of readers) {
    const certificate = reader.token?.certificates.find(
      (candidate) => candidate.hasPrivateKey && readCertificateIdentity(candidate.der).kind === 'seal',
    );
    if (certificate !== undefined) return { reader, certificate };
  }
  return null;
}

/** Readers for people: the token of the seal is not one of them. */
export function withoutSeal(readers: readonly CardReader[]): CardReader[] {
  const seal = findSeal(readers);
  return readers.filter((reader) => reader.readerId !== seal?.reader.readerId);
}
