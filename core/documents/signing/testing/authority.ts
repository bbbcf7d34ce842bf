import { execFileSync } from 'node:child_process';
import { createPrivateKey, sign } from 'node:crypto';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashOfAlgorithm } from '../algorithms.ts';
import type { SignatureAlgorithm } from '../algorithms.ts';
import type { RawSigner } from '../cms.ts';
import type { FetchBytes } from '../network.ts';

/** Everybody whom the test authority certifies. */
export type Holder =
  | 'officer'
  | 'officerEc'
  | 'other'
  | 'revoked'
  | 'timestamping'
  | 'looseTimestamping'
  | 'ocsp'
  | 'plain';

export type KeyKind = 'RSA-2048' | 'RSA-3072' | 'RSA-4096' | 'P-256' | 'P-384';
export type EnrolledOfficer = Readonly<{ certificate: Buffer; signer(algorithm: SignatureAlgorithm): RawSigner }>;

/** A certification authority with time-stamp and OCSP services, made by OpenSSL in a folder of its own. */
export type TestAuthority = Readonly<{
  folder: string;
  root: Buffer;
  intermediate: Buffer;
  certificate(holder: Holder): Buffer;
  signer(holder: Holder, algorithm: SignatureAlgorithm): RawSigner;
  /** A further officer with a key of another kind; OCSP and the list know them. */
  enrol(key: KeyKind): EnrolledOfficer;
  /** Answers an RFC 3161 query as OpenSSL does. */
  timestamp(query: Uint8Array, holder?: Holder): Buffer;
  /** Answers an OCSP request as OpenSSL does. */
  ocsp(request: Uint8Array, holder?: Holder): Buffer;
  /** A network on which the two services answer. */
  fetchBytes: FetchBytes;
  crl(): Buffer;
  dispose(): void;
}>;

const configuration = `
[req]
distinguished_name = name
prompt = no
utf8 = yes
string_mask = utf8only
[name]
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[intermediate]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[officer]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature,nonRepudiation
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
authorityInfoAccess = OCSP;URI:http://ocsp.test/,caIssuers;URI:http://ca.test/sub.crt
certificatePolicies = 0.4.0.194112.1.2,2.16.724.1.3.5.7.2
subjectAltName = dirName:officer_name
[officer_name]
0.2.16.724.1.3.5.7.2.2 = Ayuntamiento de Pruebas
0.2.16.724.1.3.5.7.2.4 = 99999999R
0.2.16.724.1.3.5.7.2.6 = ANA
0.2.16.724.1.3.5.7.2.7 = PRUEBAS
0.2.16.724.1.3.5.7.2.8 = EJEMPLO
[timestamping]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[looseTimestamping]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = timeStamping
[bare]
basicConstraints = CA:FALSE
[ocsp]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = OCSPSigning
noCheck = ignored
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[plain]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
[tsa]
default_tsa = tsa_settings
[tsa_settings]
serial = tsa-serial
signer_digest = sha256
digests = sha256, sha384, sha512
default_policy = 1.2.3.4.1
accuracy = secs:1
ess_cert_id_alg = sha256
[ca]
default_ca = ca_settings
[ca_settings]
database = index.txt
default_md = sha256
default_crl_days = 30
`;

export function createTestAuthority(): TestAuthority {
  const folder = mkdtempSync(join(tmpdir(), 'ventanilla-authority-'));
  const run = (...command: readonly string[]): Buffer =>
    execFileSync('openssl', command, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const read = (name: string): Buffer => readFileSync(join(folder, name));
  writeFileSync(join(folder, 'ca.cnf'), configuration);
  writeFileSync(join(folder, 'tsa-serial'), '01\n');
  issue(run, {
    name: 'root',
    subject: '/C=ES/O=Autoridad de pruebas/CN=AC Raíz de pruebas',
    key: 'RSA-2048',
    section: 'root',
    serial: 1,
  });
  issue(run, {
    name: 'intermediate',
    subject: '/C=ES/O=Autoridad de pruebas/CN=AC Empleados de pruebas',
    key: 'RSA-2048',
    section: 'intermediate',
    issuer: 'root',
    serial: 2,
  });
  const people: readonly (readonly [Holder, string, KeyKind, string])[] = [
    ['officer', 'ANA PRUEBAS EJEMPLO - DNI 99999999R', 'RSA-2048', 'officer'],
    ['officerEc', 'LUIS PRUEBAS EJEMPLO - DNI 99999999R', 'P-256', 'officer'],
    ['other', 'EVA PRUEBAS EJEMPLO - DNI 99999999R', 'P-256', 'officer'],
    ['revoked', 'IVO PRUEBAS EJEMPLO - DNI 99999999R', 'P-256', 'officer'],
    ['timestamping', 'Autoridad de sellado de pruebas', 'RSA-2048', 'timestamping'],
    ['looseTimestamping', 'Sellado sin uso exclusivo', 'P-256', 'looseTimestamping'],
    ['ocsp', 'Servicio OCSP de pruebas', 'RSA-2048', 'ocsp'],
    ['plain', 'Sin usos especiales', 'RSA-2048', 'plain'],
  ];
  const index: string[] = [];
  people.forEach(([name, commonName, key, section], position) => {
    const serial = 0x1000 + position;
    issue(run, {
      name,
      subject: `/C=ES/O=Ayuntamiento de Pruebas/CN=${commonName}`,
      key,
      section,
      issuer: 'intermediate',
      serial,
    });
    const isRevoked = name === 'revoked';
    index.push(
      [
        isRevoked ? 'R' : 'V',
        '491231235959Z',
        isRevoked ? '260101000000Z,keyCompromise' : '',
        serial.toString(16),
        'unknown',
        `/CN=${position}`,
      ].join('\t'),
    );
  });
  writeFileSync(join(folder, 'index.txt'), `${index.join('\n')}\n`);
  writeFileSync(join(folder, 'index.txt.attr'), 'unique_subject = no\n');
  let enrolled = 0;
  let count = 0;
  const timestamp = (query: Uint8Array, holder: Holder = 'timestamping'): Buffer => {
    const name = `query-${(count += 1)}`;
    writeFileSync(join(folder, name), query);
    const files = [
      '-queryfile',
      name,
      '-out',
      `${name}.out`,
      '-signer',
      `${holder}.pem`,
      '-inkey',
      `${holder}.key`,
      '-chain',
      'intermediate.pem',
    ];
    run('ts', '-reply', '-config', 'ca.cnf', '-section', 'tsa_settings', ...files);
    return read(`${name}.out`);
  };
  const ocsp = (request: Uint8Array, holder: Holder = 'ocsp'): Buffer => {
    const name = `ocsp-${(count += 1)}`;
    writeFileSync(join(folder, name), request);
    const signer = ['-rsigner', `${holder}.pem`, '-rkey', `${holder}.key`, '-rmd', 'sha256'];
    run(
      'ocsp',
      '-index',
      'index.txt',
      '-CA',
      'intermediate.pem',
      ...signer,
      '-reqin',
      name,
      '-respout',
      `${name}.out`,
      '-ndays',
      '1',
    );
    return read(`${name}.out`);
  };
  const signerOf = (name: string, algorithm: SignatureAlgorithm): RawSigner => {
    const key = createPrivateKey(read(`${name}.key`));
    return {
      certificate: read(`${name}.der`),
      chain: [read('intermediate.der'), read('root.der')],
      algorithm,
      sign: async (data) => sign(hashOfAlgorithm(algorithm), data, key),
    };
  };
  return {
    folder,
    root: read('root.der'),
    intermediate: read('intermediate.der'),
    certificate: (holder) => read(`${holder}.der`),
    signer: signerOf,
    enrol(key) {
      const name = `enrolled-${(enrolled += 1)}`;
      const serial = 0x2000 + enrolled;
      const subject = `/C=ES/O=Ayuntamiento de Pruebas/CN=ANA PRUEBAS ${key} - DNI 99999999R`;
      issue(run, { name, subject, key, section: 'officer', issuer: 'intermediate', serial });
      appendFileSync(
        join(folder, 'index.txt'),
        `${['V', '491231235959Z', '', serial.toString(16), 'unknown', `/CN=${name}`].join('\t')}\n`,
      );
      return { certificate: read(`${name}.der`), signer: (algorithm) => signerOf(name, algorithm) };
    },
    timestamp,
    ocsp,
    fetchBytes: async (_url, request) =>
      request.contentType === 'application/timestamp-query' ? timestamp(request.body) : ocsp(request.body),
    crl: () => {
      run(
        'ca',
        '-gencrl',
        '-config',
        'ca.cnf',
        '-name',
        'ca_settings',
        '-cert',
        'intermediate.pem',
        '-keyfile',
        'intermediate.key',
        '-out',
        'crl.pem',
      );
      run('crl', '-in', 'crl.pem', '-outform', 'DER', '-out', 'crl.der');
      return read('crl.der');
    },
    dispose: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function issue(
  run: (...command: readonly string[]) => Buffer,
  request: Readonly<{
    name: string;
    subject: string;
    key: KeyKind;
    section: string;
    issuer?: string;
    serial: number;
  }>,
): void {
  const { name, issuer } = request;
  const [kind = '', size = ''] = request.key.split('-');
  const algorithm =
    kind === 'RSA'
      ? ['RSA', '-pkeyopt', `rsa_keygen_bits:${size}`]
      : ['EC', '-pkeyopt', `ec_paramgen_curve:${request.key}`];
  run('genpkey', '-algorithm', ...algorithm, '-out', `${name}.key`);
  run('req', '-new', '-config', 'ca.cnf', '-key', `${name}.key`, '-subj', request.subject, '-out', `${name}.csr`);
  const authority =
    issuer === undefined ? ['-signkey', `${name}.key`] : ['-CA', `${issuer}.pem`, '-CAkey', `${issuer}.key`];
  const extensions = [
    '-extfile',
    'ca.cnf',
    '-extensions',
    request.section,
    '-days',
    '3650',
    '-set_serial',
    String(request.serial),
  ];
  run('x509', '-req', '-in', `${name}.csr`, ...authority, ...extensions, '-sha256', '-out', `${name}.pem`);
  run('x509', '-in', `${name}.pem`, '-outform', 'DER', '-out', `${name}.der`);
}
