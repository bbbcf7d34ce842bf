import { createPrivateKey, createPublicKey, sign, X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { SealCertificate } from '../../core/contract/sync-protocol.ts';
import { readCertificate } from '../../core/documents/signing/certificate.ts';
import type { Certificate } from '../../core/documents/signing/certificate.ts';
import { readCertificateIdentity } from '../../core/documents/signing/certificate-identity.ts';
import { CentreError } from '../centre-error.ts';
import type { CentreContext } from '../context.ts';

/** PEM. The chain starts with the seal's certificate and goes up to its root. */
export type SealFiles = Readonly<{ key: string; chain: string }>;

/** The organ seal (art. 42 Ley 40/2015) that the centre lends to receipts of offices without one. */
export type CentreSeal = Readonly<{
  certificate: Certificate;
  chain: readonly Buffer[];
  algorithm: SealCertificate['algorithm'];
  /** Hashes with SHA-256 and signs: RSA as PKCS#1 v1.5, ECDSA as the DER of (r, s). */
  sign(data: Uint8Array): Buffer;
}>;

/** Throws when key and certificate do not belong together, or the certificate is not one of an organ seal. */
export function openCentreSeal({ key, chain }: SealFiles): CentreSeal {
  const [own, ...authorities] = (
    chain.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/gu) ?? []
  ).map((pem) => new X509Certificate(pem));
  const privateKey = createPrivateKey(key);
  if (own === undefined || !isKeyOf(privateKey, own)) throw new Error('the key is not that of the seal certificate');
  if (readCertificateIdentity(own.raw).kind !== 'seal') throw new Error('the certificate is not one of a seal');
  return {
    certificate: readCertificate(own.raw),
    chain: authorities.map(({ raw }) => raw),
    algorithm: privateKey.asymmetricKeyType === 'ec' ? 'ecdsa-sha256' : 'rsa-sha256',
    sign: (data) => sign('sha256', data, privateKey),
  };
}

function isKeyOf(privateKey: KeyObject, certificate: X509Certificate): boolean {
  return createPublicKey(privateKey).equals(certificate.publicKey);
}

/** The seal, if there is one and its certificate is in force. Throws `seal.absent`. */
export function getSeal({ seal, now }: CentreContext): CentreSeal {
  if (seal === null || now() < seal.certificate.notBefore || now() > seal.certificate.notAfter)
    throw new CentreError('seal.absent');
  return seal;
}

/** What a desk needs to prepare a signature with the seal. Throws `seal.absent`. */
export function describeSeal(context: CentreContext): SealCertificate {
  const { certificate, chain, algorithm } = getSeal(context);
  return {
    certificate: certificate.der.toString('base64'),
    chain: chain.map((authority) => authority.toString('base64')),
    algorithm,
  };
}
