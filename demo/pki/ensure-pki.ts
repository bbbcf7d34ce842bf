import { createHash, X509Certificate } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { citizen, officer, secondOfficer } from '../town.ts';
import type { AuthorityName, KeyKind } from './certificate-authority.ts';
import {
  ensureAuthorityDatabase,
  ensureKey,
  exists,
  issueCertificate,
  writeRevocationList,
  writeWhole,
} from './certificate-authority.ts';
import type { AuthorityAddresses, CertificateProfile } from './certificate-profiles.ts';
import {
  citizenProfile,
  employeeProfile,
  issuingProfile,
  ocspResponderProfile,
  rootProfile,
  sealProfile,
  timestampAuthorityProfile,
} from './certificate-profiles.ts';

/** A certificate of the test PKI: absolute paths of its PEM files, and its DER. */
export type IssuedCertificate = Readonly<{ certificate: string; key: string; der: Uint8Array }>;

export type Pki = Readonly<{
  folder: string;
  ocspUrl: string;
  root: IssuedCertificate;
  issuing: IssuedCertificate;
  officer: IssuedCertificate;
  secondOfficer: IssuedCertificate;
  citizen: IssuedCertificate;
  seal: IssuedCertificate;
  centreSeal: IssuedCertificate;
  timestampAuthority: IssuedCertificate;
  ocspResponder: IssuedCertificate;
  /** PEM of issuing and root together, for tools that want one file. */
  chain: string;
  /** DER of the root's revocation list, which covers the issuing CA. */
  rootCrl: string;
}>;

export type PkiRequest = Readonly<{
  folder: string;
  /**
   * Where the OCSP responder will listen, such as `http://127.0.0.1:18081/ocsp`. The certificates name it, so that
   * another address means new certificates (for the same keys).
   */
  ocspUrl: string;
  keyKind?: KeyKind;
  /** Whole days that end-entity certificates last from now. */
  leafDays?: number;
}>;

const day = 24 * 60 * 60 * 1000;
/** A certificate with less than this to live is renewed. */
const renewalMargin = 7 * day;
const rootCrlDays = 90;

type CertificatePlan = Readonly<{
  name: string;
  authority: AuthorityName | null;
  days: number;
  profile: CertificateProfile;
}>;

/**
 * Makes the test PKI in a folder, or completes and renews what is there: a missing, foreign, altered or expiring
 * certificate is issued again for its existing key. When nothing is to be done no process is started.
 */
export async function ensurePki(request: PkiRequest): Promise<Pki> {
  const folder = path.resolve(request.folder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const addresses = authorityAddresses(request.ocspUrl);
  const keyKind = request.keyKind ?? 'rsa-2048';

  await ensureCertificate(folder, { name: 'root', authority: null, days: 20 * 365, profile: rootProfile() }, keyKind);
  await ensureCertificate(
    folder,
    { name: 'issuing', authority: 'root', days: 10 * 365, profile: issuingProfile(addresses) },
    keyKind,
  );
  await ensureChain(folder);
  await ensureRootCrl(folder);
  const leaves = leafPlans(addresses, request.leafDays ?? 3 * 365);
  // Keys take most of the time and are independent; `openssl ca` locks nothing, so certificates go one by one.
  await Promise.all(leaves.map((plan) => ensureKey(folder, plan.name, keyKind)));
  for (const plan of leaves) await ensureCertificate(folder, plan, keyKind);

  return {
    folder,
    ocspUrl: request.ocspUrl,
    root: await readIssued(folder, 'root'),
    issuing: await readIssued(folder, 'issuing'),
    officer: await readIssued(folder, 'officer'),
    secondOfficer: await readIssued(folder, 'second-officer'),
    citizen: await readIssued(folder, 'citizen'),
    seal: await readIssued(folder, 'seal'),
    centreSeal: await readIssued(folder, 'centre-seal'),
    timestampAuthority: await readIssued(folder, 'timestamp-authority'),
    ocspResponder: await readIssued(folder, 'ocsp-responder'),
    chain: path.join(folder, 'chain.pem'),
    rootCrl: path.join(folder, 'root.crl'),
  };
}

/** The addresses that certificates carry, all served by the OCSP responder's own server. */
export function authorityAddresses(ocspUrl: string): AuthorityAddresses {
  const publication = (file: string): string => new URL(`/ca/${file}`, ocspUrl).href;
  return {
    ocspUrl,
    issuingCertificateUrl: publication('issuing.cer'),
    rootCertificateUrl: publication('root.cer'),
    rootCrlUrl: publication('root.crl'),
  };
}

/** Issues one more certificate, for a test: an expired officer, another person, another key. */
export async function issueExtraCertificate(
  request: Readonly<{
    folder: string;
    name: string;
    profile: CertificateProfile;
    notBefore: Date;
    notAfter: Date;
    keyKind?: KeyKind;
  }>,
): Promise<IssuedCertificate> {
  const { folder, name, profile, notBefore, notAfter } = request;
  await ensureKey(folder, name, request.keyKind ?? 'rsa-2048');
  await issueCertificate({ folder, name, authority: 'issuing', profile, validity: { notBefore, notAfter } });
  return readIssued(folder, name);
}

function leafPlans(addresses: AuthorityAddresses, days: number): readonly CertificatePlan[] {
  const leaf = (name: string, profile: CertificateProfile): CertificatePlan => ({
    name,
    authority: 'issuing',
    days,
    profile,
  });
  return [
    leaf('officer', employeeProfile(officer, addresses)),
    leaf('second-officer', employeeProfile(secondOfficer, addresses)),
    leaf('citizen', citizenProfile(citizen, addresses)),
    leaf('seal', sealProfile('SELLO DEL REGISTRO ELECTRÓNICO GENERAL', addresses)),
    leaf('centre-seal', sealProfile('SELLO DEL REGISTRO CENTRAL', addresses)),
    leaf('timestamp-authority', timestampAuthorityProfile(addresses)),
    leaf('ocsp-responder', ocspResponderProfile(addresses)),
  ];
}

async function ensureCertificate(folder: string, plan: CertificatePlan, keyKind: KeyKind): Promise<void> {
  const isAuthority = plan.name === 'root' || plan.name === 'issuing';
  const planFile = path.join(folder, `${plan.name}.plan`);
  const digest = createHash('sha256').update(JSON.stringify(plan.profile)).digest('hex');
  if ((await isCurrent(folder, plan)) && (await readFile(planFile, 'utf8').catch(() => '')) === digest) return;

  await ensureKey(folder, plan.name, keyKind);
  if (isAuthority) await ensureAuthorityDatabase(folder, plan.name === 'root' ? 'root' : 'issuing');
  const now = Date.now();
  // An hour back, so that a desk whose clock is a little behind accepts it.
  const validity = { notBefore: new Date(now - day / 24), notAfter: new Date(now + plan.days * day) };
  await issueCertificate({ folder, name: plan.name, authority: plan.authority, profile: plan.profile, validity });
  await writeWhole(planFile, digest);
}

async function isCurrent(folder: string, plan: CertificatePlan): Promise<boolean> {
  const certificate = await readCertificate(folder, plan.name);
  const issuer = await readCertificate(folder, plan.authority ?? plan.name);
  if (certificate === null || issuer === null || !(await exists(path.join(folder, `${plan.name}.key`)))) return false;
  return (
    certificate.validToDate.getTime() - Date.now() > renewalMargin &&
    certificate.checkIssued(issuer) &&
    certificate.verify(issuer.publicKey)
  );
}

async function ensureChain(folder: string): Promise<void> {
  const chainFile = path.join(folder, 'chain.pem');
  const chain = `${await readFile(path.join(folder, 'issuing.pem'), 'utf8')}${await readFile(path.join(folder, 'root.pem'), 'utf8')}`;
  if ((await readFile(chainFile, 'utf8').catch(() => '')) !== chain) await writeWhole(chainFile, chain);
}

/** The list is bound to the root's certificate by a stamp with its expiry, since Node cannot read a CRL. */
async function ensureRootCrl(folder: string): Promise<void> {
  const stampFile = path.join(folder, 'root.crl.plan');
  const root = await readCertificate(folder, 'root');
  const [fingerprint, expiry] = (await readFile(stampFile, 'utf8').catch(() => '')).split(' ');
  const isFresh = fingerprint === root?.fingerprint256 && Number(expiry) - Date.now() > renewalMargin;
  if (isFresh && (await exists(path.join(folder, 'root.crl')))) return;
  await rm(stampFile, { force: true });
  await writeRevocationList(folder, 'root', rootCrlDays);
  await writeWhole(stampFile, `${root?.fingerprint256 ?? ''} ${Date.now() + rootCrlDays * day}`);
}

async function readCertificate(folder: string, name: string): Promise<X509Certificate | null> {
  const pem = await readFile(path.join(folder, `${name}.pem`)).catch(() => null);
  try {
    return pem === null ? null : new X509Certificate(pem);
  } catch {
    return null;
  }
}

async function readIssued(folder: string, name: string): Promise<IssuedCertificate> {
  const certificate = path.join(folder, `${name}.pem`);
  return {
    certificate,
    key: path.join(folder, `${name}.key`),
    der: new Uint8Array(new X509Certificate(await readFile(certificate)).raw),
  };
}
