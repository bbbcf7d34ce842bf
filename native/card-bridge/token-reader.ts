import { X509Certificate } from 'node:crypto';
import type { CardCertificate, PinState } from '../../core/services/ports/card.ts';
import { attribute, tokenFlag } from './cryptoki.ts';
import { isTrue, templates, type Handle, type Pkcs11Module, type TokenInfo } from './pkcs11-module.ts';

/**
 * The X.509 certificates of a token, with what is known of their keys. Before the PIN most tokens hide their private
 * keys: until then a certificate that is not an authority's is taken to have one, and whether the key wants the PIN each
 * time is taken from the kind of card.
 */
export function readCertificates(
  module: Pkcs11Module,
  session: Handle,
  token: TokenInfo,
  isLoggedIn: boolean,
): CardCertificate[] {
  const keys = new Map<string, Handle>();
  for (const key of module.findObjects(session, templates.privateKeys)) {
    keys.set(hexadecimal(module.readAttribute(session, key, attribute.id)), key);
  }
  const certificates: CardCertificate[] = [];
  for (const object of module.findObjects(session, templates.certificates)) {
    const der = module.readAttribute(session, object, attribute.value);
    const parsed = der === null ? null : parseCertificate(der);
    if (der === null || parsed === null) continue;
    const certificateId = hexadecimal(module.readAttribute(session, object, attribute.id));
    const key = keys.get(certificateId);
    certificates.push({
      certificateId,
      label: module.readAttribute(session, object, attribute.label)?.toString('utf8') ?? '',
      der: new Uint8Array(der),
      hasPrivateKey: key !== undefined || (!isLoggedIn && !parsed.isAuthority),
      keyType: parsed.keyType,
      alwaysAuthenticate:
        key === undefined
          ? isKnownToAskEachTime(token, certificateId)
          : isTrue(module.readAttribute(session, key, attribute.alwaysAuthenticate)),
    });
  }
  return certificates;
}

/** `triesLeft`: what the card itself told, null when only the flags speak. */
export function pinStateOf(token: TokenInfo, triesLeft: number | null): PinState {
  const has = (flag: number): boolean => (token.flags & flag) !== 0;
  const lengths = { minLength: token.minPinLen, maxLength: token.maxPinLen };
  if (!has(tokenFlag.userPinInitialized)) return { level: 'notInitialized', triesLeft: null, ...lengths };
  if (has(tokenFlag.userPinLocked) || triesLeft === 0) return { level: 'locked', triesLeft: 0, ...lengths };
  if (has(tokenFlag.userPinFinalTry) || triesLeft === 1) return { level: 'lastTry', triesLeft: 1, ...lengths };
  const isLow = has(tokenFlag.userPinCountLow) || triesLeft === 2;
  return { level: isLow ? 'low' : 'ok', triesLeft, ...lengths };
}

export function hasPinPad(token: TokenInfo): boolean {
  return (token.flags & tokenFlag.protectedAuthenticationPath) !== 0;
}

export function isPivToken(token: TokenInfo): boolean {
  return token.manufacturerID.startsWith('piv_II');
}

// OpenSC numbers the PIV keys 9A, 9C, 9D, 9E as 01 to 04; the DNIe asks before every signature with either key.
function isKnownToAskEachTime(token: TokenInfo, certificateId: string): boolean {
  return (isPivToken(token) && certificateId === '02') || token.manufacturerID.startsWith('DGP-FNMT');
}

function parseCertificate(der: Buffer): { keyType: 'rsa' | 'ec'; isAuthority: boolean } | null {
  try {
    const certificate = new X509Certificate(der);
    const kind = certificate.publicKey.asymmetricKeyType;
    if (kind !== 'rsa' && kind !== 'ec') return null;
    return { keyType: kind, isAuthority: certificate.ca };
  } catch {
    // A certificate that OpenSSL cannot read is of no use for signing; the others on the card are.
    return null;
  }
}

function hexadecimal(value: Buffer | null): string {
  return value?.toString('hex') ?? '';
}
