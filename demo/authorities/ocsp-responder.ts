import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Pki } from '../pki/ensure-pki.ts';
import { runOpenssl } from '../pki/openssl.ts';
import { addArchiveCutoff } from './archive-cutoff.ts';
import type { Authority, AuthorityMode } from './authority-server.ts';
import { createAuthorityServer } from './authority-server.ts';

/**
 * OCSP responder of the issuing CA on the address that the certificates name (RFC 6960: POST, and GET as NSS asks),
 * with the CA certificates and the root's revocation list beside it. A certificate revoked with `revokeCertificate`
 * is answered as revoked from the next request on.
 */
export function createOcspResponder(
  options: Readonly<{ pki: Pki; mode?: AuthorityMode; slowMilliseconds?: number }>,
): Authority {
  const { pki } = options;
  const address = new URL(pki.ocspUrl);
  return createAuthorityServer({
    port: Number(address.port),
    path: address.pathname,
    contentType: 'application/ocsp-response',
    ...(options.mode === undefined ? {} : { mode: options.mode }),
    ...(options.slowMilliseconds === undefined ? {} : { slowMilliseconds: options.slowMilliseconds }),
    publication: (requested) => readPublication(pki, requested),
    async answer(request, body, signal) {
      const query = request.method === 'POST' ? body : decodeGetRequest(request.url ?? '', address.pathname);
      if (query === null || query.length === 0) return null;
      const response = await runOpenssl(
        [
          'ocsp',
          '-index',
          'issuing-database/index.txt',
          '-CA',
          'issuing.pem',
          '-rsigner',
          'ocsp-responder.pem',
          '-rkey',
          'ocsp-responder.key',
          '-rmd',
          'sha256',
          '-ndays',
          '1',
          '-reqin',
          '-',
          '-respout',
          '-',
        ],
        { cwd: pki.folder, input: query, signal },
      );
      const key = createPrivateKey(await readFile(path.join(pki.folder, 'ocsp-responder.key')));
      const issuing = new X509Certificate(await readFile(path.join(pki.folder, 'issuing.pem')));
      return addArchiveCutoff(response, new Date(issuing.validFrom), key);
    },
  });
}

/** RFC 6960 A.1: the request in Base64, escaped or not, as the rest of the address. */
function decodeGetRequest(address: string, servicePath: string): Uint8Array | null {
  try {
    const text = decodeURIComponent(address.slice(servicePath.length + 1));
    return /^[A-Za-z0-9+/]+={0,2}$/u.test(text) ? Buffer.from(text, 'base64') : null;
  } catch {
    return null;
  }
}

async function readPublication(
  pki: Pki,
  requested: string,
): Promise<Readonly<{ contentType: string; content: Uint8Array }> | null> {
  const certificate = async (name: string): Promise<Uint8Array> =>
    new X509Certificate(await readFile(path.join(pki.folder, name))).raw;
  switch (requested) {
    case '/ca/root.cer':
      return { contentType: 'application/pkix-cert', content: await certificate('root.pem') };
    case '/ca/issuing.cer':
      return { contentType: 'application/pkix-cert', content: await certificate('issuing.pem') };
    case '/ca/root.crl':
      return { contentType: 'application/pkix-crl', content: await readFile(pki.rootCrl) };
    default:
      return null;
  }
}
