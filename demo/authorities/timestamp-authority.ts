import { randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { exists, writeWhole } from '../pki/certificate-authority.ts';
import { demonstrationPolicies } from '../pki/certificate-profiles.ts';
import type { Pki } from '../pki/ensure-pki.ts';
import { runOpenssl } from '../pki/openssl.ts';
import type { Authority, AuthorityMode } from './authority-server.ts';
import { createAuthorityServer } from './authority-server.ts';

/** Time-stamp authority of the demonstration (RFC 3161 over HTTP). A query holds a digest, never the document. */
export function createTimestampAuthority(
  options: Readonly<{ pki: Pki; port: number; mode?: AuthorityMode; slowMilliseconds?: number }>,
): Authority {
  const { pki } = options;
  return createAuthorityServer({
    port: options.port,
    path: '/timestamp',
    contentType: 'application/timestamp-reply',
    ...(options.mode === undefined ? {} : { mode: options.mode }),
    ...(options.slowMilliseconds === undefined ? {} : { slowMilliseconds: options.slowMilliseconds }),
    async answer(request, body, signal) {
      if (request.method !== 'POST' || body.length === 0) return null;
      await ensureConfiguration(pki.folder);
      return reply(pki.folder, body, signal);
    },
  });
}

/** `openssl ts` takes and leaves files only: two of them, in the PKI's private folder, for as long as it runs. */
async function reply(folder: string, query: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
  const name = path.join(folder, `.timestamp-${randomBytes(4).toString('hex')}`);
  try {
    await writeFile(`${name}.query`, query, { mode: 0o600 });
    await runOpenssl(
      [
        'ts',
        '-reply',
        '-config',
        'timestamp-authority.cnf',
        '-section',
        'authority',
        '-queryfile',
        `${name}.query`,
        '-out',
        `${name}.reply`,
      ],
      { cwd: folder, signal },
    );
    return await readFile(`${name}.reply`);
  } finally {
    await Promise.all([rm(`${name}.query`, { force: true }), rm(`${name}.reply`, { force: true })]);
  }
}

async function ensureConfiguration(folder: string): Promise<void> {
  const serialFile = path.join(folder, 'timestamp-authority.serial');
  if (!(await exists(serialFile))) await writeFile(serialFile, '01\n');
  await writeWhole(
    path.join(folder, 'timestamp-authority.cnf'),
    `[authority]
serial = timestamp-authority.serial
signer_cert = timestamp-authority.pem
signer_key = timestamp-authority.key
certs = issuing.pem
signer_digest = sha256
default_policy = ${demonstrationPolicies.timestamp}
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
`,
  );
}
