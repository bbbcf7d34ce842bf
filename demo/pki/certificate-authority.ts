import { randomBytes } from 'node:crypto';
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { CertificateProfile } from './certificate-profiles.ts';
import { runOpenssl } from './openssl.ts';

export type KeyKind = 'rsa-2048' | 'rsa-3072' | 'rsa-4096' | 'ec-p256' | 'ec-p384';

/** Validity of a certificate; the past and the future are allowed, so that tests find expired ones. */
export type Validity = Readonly<{ notBefore: Date; notAfter: Date }>;

export type AuthorityName = 'root' | 'issuing';

const keyArguments: Readonly<Record<KeyKind, readonly string[]>> = {
  'rsa-2048': ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
  'rsa-3072': ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:3072'],
  'rsa-4096': ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:4096'],
  'ec-p256': ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  'ec-p384': ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384'],
};

/** Makes `<name>.key` (PKCS#8 PEM, readable by its owner only) unless it is there. */
export async function ensureKey(folder: string, name: string, kind: KeyKind): Promise<void> {
  if (await exists(path.join(folder, `${name}.key`))) return;
  const key = await runOpenssl(['genpkey', ...keyArguments[kind]], { cwd: folder });
  await writeWhole(path.join(folder, `${name}.key`), key, 0o600);
}

/** Lays out the database that `openssl ca` keeps for an authority; its `index.txt` also feeds the OCSP responder. */
export async function ensureAuthorityDatabase(folder: string, authority: AuthorityName): Promise<void> {
  const database = path.join(folder, `${authority}-database`);
  await mkdir(path.join(database, 'issued'), { recursive: true, mode: 0o700 });
  const configuration = `[ca]
default_ca = authority
[authority]
database = ${authority}-database/index.txt
new_certs_dir = ${authority}-database/issued
certificate = ${authority}.pem
private_key = ${authority}.key
rand_serial = yes
default_md = sha256
policy = policy
unique_subject = no
copy_extensions = none
crl_extensions = crl
[policy]
commonName = supplied
[crl]
authorityKeyIdentifier = keyid:always
`;
  await writeWhole(path.join(database, 'authority.cnf'), configuration);
  if (!(await exists(path.join(database, 'index.txt')))) await writeWhole(path.join(database, 'index.txt'), '');
  if (!(await exists(path.join(database, 'crlnumber')))) await writeWhole(path.join(database, 'crlnumber'), '01\n');
}

/** Issues `<name>.pem` for the key `<name>.key`; `authority: null` signs with that same key (the root). */
export async function issueCertificate(
  request: Readonly<{
    folder: string;
    name: string;
    authority: AuthorityName | null;
    profile: CertificateProfile;
    validity: Validity;
  }>,
): Promise<void> {
  const { folder, name, authority, profile, validity } = request;
  const scratch = path.join(folder, `.${name}-${randomBytes(4).toString('hex')}`);
  const requestFile = `${scratch}.csr`;
  const extensionFile = `${scratch}.cnf`;
  const certificateFile = `${scratch}.pem`;
  try {
    // openssl reads the values of a directoryName as Latin-1, whatever `utf8` says, and writes them as UTF8String.
    await writeFile(extensionFile, `[extensions]\n${profile.extensions}`, 'latin1');
    await runOpenssl(
      [
        'req',
        '-new',
        '-config',
        '/dev/null',
        '-key',
        `${name}.key`,
        '-utf8',
        '-subj',
        subjectArgument(profile),
        '-out',
        requestFile,
      ],
      { cwd: folder },
    );
    const selfSigned = authority === null ? ['-selfsign', '-keyfile', `${name}.key`] : [];
    await runOpenssl(
      [
        'ca',
        '-batch',
        '-notext',
        '-utf8',
        '-preserveDN',
        '-config',
        `${authority ?? name}-database/authority.cnf`,
        ...selfSigned,
        '-in',
        requestFile,
        '-out',
        certificateFile,
        '-extfile',
        extensionFile,
        '-extensions',
        'extensions',
        '-startdate',
        generalizedTime(validity.notBefore),
        '-enddate',
        generalizedTime(validity.notAfter),
      ],
      { cwd: folder },
    );
    await rename(certificateFile, path.join(folder, `${name}.pem`));
  } finally {
    await Promise.all([requestFile, extensionFile, certificateFile].map((file) => rm(file, { force: true })));
  }
}

/** From now on the responder answers `revoked` for this certificate. */
export async function revokeCertificate(
  request: Readonly<{
    folder: string;
    certificate: string;
    reason?: 'unspecified' | 'keyCompromise' | 'affiliationChanged' | 'superseded';
  }>,
): Promise<void> {
  await runOpenssl(
    [
      'ca',
      '-batch',
      '-config',
      'issuing-database/authority.cnf',
      '-revoke',
      request.certificate,
      '-crl_reason',
      request.reason ?? 'unspecified',
    ],
    { cwd: request.folder },
  );
}

/** Writes `<authority>.crl`, DER, good for the given days. */
export async function writeRevocationList(folder: string, authority: AuthorityName, days: number): Promise<void> {
  const configuration = ['-config', `${authority}-database/authority.cnf`];
  const pem = await runOpenssl(['ca', '-gencrl', ...configuration, '-crldays', String(days)], { cwd: folder });
  const der = await runOpenssl(['crl', '-outform', 'DER'], { cwd: folder, input: pem });
  await writeWhole(path.join(folder, `${authority}.crl`), der);
}

export async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** Never leaves half a file behind: writes beside and renames. */
export async function writeWhole(file: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
  const partial = `${file}.${randomBytes(4).toString('hex')}.partial`;
  await writeFile(partial, content, { mode });
  await rename(partial, file);
}

function subjectArgument(profile: CertificateProfile): string {
  return profile.subject.map(([type, value]) => `/${type}=${value.replaceAll(/[\\/+]/gu, String.raw`\$&`)}`).join('');
}

function generalizedTime(instant: Date): string {
  return `${instant.toISOString().replaceAll(/[-:T]/gu, '').slice(0, 14)}Z`;
}
