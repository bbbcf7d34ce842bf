import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, X509Certificate, type KeyObject } from 'node:crypto';

export type TestCredential = Readonly<{ privateKey: KeyObject; certificate: Uint8Array; publicKey: KeyObject }>;

const extensions = '-addext keyUsage=digitalSignature,nonRepudiation -addext basicConstraints=critical,CA:FALSE';

/** A fresh key and a certificate that it signs itself. The key never touches the disk. */
export function makeTestCredential(commonName: string, kind: 'rsa' | 'ec'): TestCredential {
  const privateKey =
    kind === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
      : generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;
  // `cat` makes a pipe of Node's socket, which openssl cannot open by name.
  const certificate = execFileSync(
    'sh',
    ['-c', `cat | openssl req -x509 -key /dev/stdin -outform DER -days 30 -subj "/CN=$0" ${extensions}`, commonName],
    {
      input: privateKey.export({ format: 'pem', type: 'pkcs8' }),
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  );
  return {
    privateKey,
    certificate: new Uint8Array(certificate),
    publicKey: new X509Certificate(certificate).publicKey,
  };
}
