import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Certificate } from '../signing/certificate.ts';
import { checkCrl } from '../signing/crl.ts';
import type { FetchBytes } from '../signing/network.ts';
import { requestOcsp } from '../signing/ocsp.ts';

export type RevocationData = Readonly<{ ocsps: readonly Uint8Array[]; crls: readonly Uint8Array[] }>;

/** The network, given by the caller: OCSP by POST, lists by GET. Rejects when there is no answer. */
export type RevocationNetwork = Readonly<{ post: FetchBytes; get: (url: string) => Promise<Uint8Array> }>;

/** Answers that were kept: `.ocsp` in DER, `.crl` in DER or PEM. A folder that is not there yet holds none. */
export function readRevocationCache(folder: string): RevocationData {
  const ocsps: Buffer[] = [];
  const crls: Buffer[] = [];
  for (const name of listFolder(folder)) {
    if (name.endsWith('.ocsp')) ocsps.push(readFileSync(join(folder, name)));
    if (name.endsWith('.crl')) crls.push(withoutArmor(readFileSync(join(folder, name))));
  }
  return { ocsps, crls };
}

function listFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return [];
  }
}

function withoutArmor(bytes: Buffer): Buffer {
  if (!bytes.subarray(0, 64).includes('-----BEGIN')) return bytes;
  const body = /-----BEGIN X509 CRL-----([\s\S]*?)-----END/.exec(bytes.toString('latin1'))?.[1];
  return body === undefined ? bytes : Buffer.from(body, 'base64');
}

/**
 * Asks for the state of certificates, OCSP first and lists second. Only of certificates with a path to an authority that
 * is trusted: a stranger's certificate could name any address. What cannot be had is left out.
 */
export async function fetchRevocation(
  wanted: readonly Readonly<{ certificate: Certificate; issuer: Certificate }>[],
  network: RevocationNetwork,
  at: Date,
  cacheFolder: string | null,
): Promise<RevocationData> {
  const ocsps: Uint8Array[] = [];
  const crls: Uint8Array[] = [];
  for (const { certificate, issuer } of wanted) {
    const ocsp = await firstAnswer(certificate.ocspUrls.filter(isWebAddress), async (url) => {
      const { response } = await requestOcsp({ url, certificate, issuer, at, fetchBytes: network.post });
      return response;
    });
    if (ocsp !== null) {
      ocsps.push(ocsp);
      keep(cacheFolder, `${digest(certificate.der)}.ocsp`, ocsp);
      continue;
    }
    const crl = await firstAnswer(certificate.crlUrls.filter(isWebAddress), async (url) => {
      const list = withoutArmor(Buffer.from(await network.get(url)));
      const status = checkCrl(list, { certificate, issuer })?.status.status ?? 'unknown';
      if (status === 'unknown') throw new Error('not the list of this certificate');
      // An issuer may have several, each for a part of the certificates.
      keep(cacheFolder, `${digest(Buffer.concat([issuer.der, Buffer.from(url)]))}.crl`, list);
      return list;
    });
    if (crl !== null) crls.push(crl);
  }
  return { ocsps, crls };
}

async function firstAnswer(
  urls: readonly string[],
  ask: (url: string) => Promise<Uint8Array>,
): Promise<Uint8Array | null> {
  for (const url of urls) {
    try {
      return await ask(url);
    } catch {
      // The next address may answer; without any the state stays unknown, which is told.
    }
  }
  return null;
}

function isWebAddress(url: string): boolean {
  return /^https?:\/\//i.test(url);
}

function keep(folder: string | null, name: string, bytes: Uint8Array): void {
  if (folder === null) return;
  mkdirSync(folder, { recursive: true });
  const partial = join(folder, `${name}.${process.pid}.part`);
  writeFileSync(partial, bytes);
  renameSync(partial, join(folder, name));
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const answerMilliseconds = 5000;
const answerBytes = 64 * 1024 * 1024;

/** The network as Node reaches it: five seconds and a size limit for each answer. */
export function createWebNetwork(): RevocationNetwork {
  return {
    post: (url, { contentType, body }) =>
      ask(url, { method: 'POST', headers: { 'content-type': contentType }, body: Buffer.from(body) }),
    get: (url) => ask(url, { method: 'GET' }),
  };
}

async function ask(url: string, request: RequestInit): Promise<Uint8Array> {
  const response = await fetch(url, { ...request, signal: AbortSignal.timeout(answerMilliseconds) });
  if (response.status !== 200 || response.body === null) throw new Error(`status ${response.status}`);
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of response.body) {
    length += piece.byteLength;
    if (length > answerBytes) throw new Error('answer too large');
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
