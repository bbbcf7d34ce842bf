import type { FetchBytes } from '../documents/signing/network.ts';
import type { DownloadBytes } from '../services/ports/surroundings.ts';

const maximumBytes = 4 * 1024 * 1024;
/** The longest revocation lists of Spanish authorities have some ten megabytes. */
const maximumDownloadBytes = 64 * 1024 * 1024;
const timeLimitMs = 15_000;

/** Plain HTTP towards time-stamp authorities and OCSP responders, whose answers prove themselves. */
export const fetchBytes: FetchBytes = async (url, { method, contentType, body, signal }) => {
  const limit = AbortSignal.timeout(timeLimitMs);
  const response = await fetch(url, {
    method,
    headers: { 'content-type': contentType },
    body: Buffer.from(body),
    redirect: 'error',
    signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
  });
  return readBody(response, maximumBytes);
};

/** Plain HTTP towards revocation lists, which prove themselves as well. */
export const downloadBytes: DownloadBytes = async (url, signal) => {
  const response = await fetch(url, { redirect: 'follow', signal });
  return readBody(response, maximumDownloadBytes);
};

async function readBody(response: Response, longest: number): Promise<Uint8Array> {
  if (response.status !== 200 || response.body === null) throw new Error(`status ${response.status}`);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body) {
    length += chunk.length;
    if (length > longest) throw new Error('answer too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
