import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { revokeCertificate } from '../pki/certificate-authority.ts';
import type { Pki } from '../pki/ensure-pki.ts';
import { ensurePki } from '../pki/ensure-pki.ts';
import { ensurePorts } from '../ports.ts';
import type { Authority } from './authority-server.ts';
import { createOcspResponder } from './ocsp-responder.ts';
import { createTimestampAuthority } from './timestamp-authority.ts';

const runFile = promisify(execFile);
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let folder = '';
let pki: Pki;
let responder: Authority;
let timestamps: Authority;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ventanilla-authorities-'));
  const ports = await ensurePorts(path.join(folder, 'ports.json'), ['ocsp']);
  pki = await ensurePki({ folder: path.join(folder, 'pki'), ocspUrl: `http://127.0.0.1:${ports.ocsp}/ocsp` });
  responder = createOcspResponder({ pki, slowMilliseconds: 60_000 });
  timestamps = createTimestampAuthority({ pki, port: 0, slowMilliseconds: 60_000 });
  await Promise.all([responder.start(), timestamps.start()]);
});

afterAll(async () => {
  await Promise.all([responder.stop(), timestamps.stop()]);
  await rm(folder, { recursive: true, force: true });
});

describe('OCSP responder', () => {
  it('answers openssl by POST, with its nonce, under a signature that chains to the root', async () => {
    const { stdout, stderr } = await askOcsp('-url', pki.ocspUrl);
    expect(stdout).toContain('officer.pem: good');
    expect(stderr).toContain('Response verify OK');
    expect(stderr).not.toContain('no nonce');
  });

  it.each([
    ['escaped', encodeURIComponent],
    ['as it is', String],
  ])('answers GET, the request %s', async (_, escape) => {
    const query = await makeOcspQuery();
    const response = await fetch(`${pki.ocspUrl}/${escape(query.toString('base64'))}`);
    expect(response.headers.get('content-type')).toBe('application/ocsp-response');
    const file = path.join(folder, 'get.ors');
    await writeFile(file, new Uint8Array(await response.arrayBuffer()));
    const { stdout, stderr } = await askOcsp('-respin', file);
    expect(stdout).toContain('officer.pem: good');
    expect(stderr).toContain('Response verify OK');
  });

  it('tells a revoked certificate from the next request on', async () => {
    await revokeCertificate({
      folder: pki.folder,
      certificate: pki.secondOfficer.certificate,
      reason: 'keyCompromise',
    });
    const { stdout } = await openssl(
      'ocsp',
      '-issuer',
      pki.issuing.certificate,
      '-cert',
      pki.secondOfficer.certificate,
      '-url',
      pki.ocspUrl,
      '-CAfile',
      pki.root.certificate,
      '-verify_other',
      pki.issuing.certificate,
    );
    expect(stdout).toContain('revoked');
    expect(stdout).toContain('keyCompromise');
  });

  it('refuses what is no request', async () => {
    expect((await fetch(pki.ocspUrl, { method: 'POST', body: '' })).status).toBe(400);
    expect((await fetch(`${pki.ocspUrl}/%E0%A4%A`)).status).toBe(400);
    expect((await fetch(new URL('/../root.key', pki.ocspUrl))).status).toBe(404);
  });

  it('publishes the certificates and the list that certificates point at', async () => {
    const issuing = new Uint8Array(await (await fetch(new URL('/ca/issuing.cer', pki.ocspUrl))).arrayBuffer());
    expect(issuing).toEqual(pki.issuing.der);
    const list = new Uint8Array(await (await fetch(new URL('/ca/root.crl', pki.ocspUrl))).arrayBuffer());
    expect(list).toEqual(new Uint8Array(await readFile(pki.rootCrl)));
  });
});

describe('time-stamp authority', () => {
  it('stamps a digest so that openssl accepts it, and another digest is refused', async () => {
    const { query, reply } = await stamp('one');
    const { stdout } = await openssl(
      'ts',
      '-verify',
      '-queryfile',
      query,
      '-in',
      reply,
      '-CAfile',
      pki.root.certificate,
      '-untrusted',
      pki.issuing.certificate,
    );
    expect(stdout).toContain('Verification: OK');
    const other = await stamp('two');
    await expect(
      openssl(
        'ts',
        '-verify',
        '-queryfile',
        other.query,
        '-in',
        reply,
        '-CAfile',
        pki.root.certificate,
        '-untrusted',
        pki.issuing.certificate,
      ),
    ).rejects.toThrow('message imprint mismatch');
  });

  it('gives each of many at once a serial number of its own, and leaves no query behind', async () => {
    const stamped = await Promise.all(['a', 'b', 'c', 'd', 'e'].map(stamp));
    const serials = await Promise.all(
      stamped.map(
        async ({ reply }) =>
          /Serial number: (\S+)/u.exec((await openssl('ts', '-reply', '-in', reply, '-text')).stdout)?.[1],
      ),
    );
    expect(new Set(serials).size).toBe(5);
    expect((await readdir(pki.folder)).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});

describe('an authority that fails', () => {
  it('refuses connections while it is down, and comes back on the same port', async () => {
    const before = timestamps.url();
    await timestamps.setMode('down');
    await expect(fetch(before, { method: 'POST', body: 'x' })).rejects.toMatchObject({
      cause: { code: 'ECONNREFUSED' },
    });
    await timestamps.setMode('ok');
    expect(timestamps.url()).toBe(before);
    await stamp('after');
  });

  it('answers errors and rubbish', async () => {
    await timestamps.setMode('error500');
    expect((await fetch(timestamps.url(), { method: 'POST', body: 'x' })).status).toBe(500);
    await timestamps.setMode('garbage');
    const rubbish = await fetch(timestamps.url(), { method: 'POST', body: 'x' });
    expect(rubbish.status).toBe(200);
    expect(await rubbish.text()).toContain('<html>');
    await timestamps.setMode('ok');
  });

  it('keeps a caller waiting while it is slow, and lets go when it stops', async () => {
    await responder.setMode('slow');
    const seen = responder.requests();
    const waiting = fetch(pki.ocspUrl, { method: 'POST', body: 'x' }).then(
      () => 'answered',
      () => 'dropped',
    );
    while (responder.requests() === seen) await new Promise((resolve) => setTimeout(resolve, 10));
    await responder.setMode('down');
    expect(await waiting).toBe('dropped');
    await responder.setMode('ok');
  });
});

async function stamp(name: string): Promise<Readonly<{ query: string; reply: string }>> {
  const data = path.join(folder, `${name}.txt`);
  const query = path.join(folder, `${name}.tsq`);
  const reply = path.join(folder, `${name}.tsr`);
  await writeFile(data, name);
  await openssl('ts', '-query', '-data', data, '-sha256', '-cert', '-out', query);
  const response = await fetch(timestamps.url(), {
    method: 'POST',
    headers: { 'content-type': 'application/timestamp-query' },
    body: await readFile(query),
  });
  expect(response.headers.get('content-type')).toBe('application/timestamp-reply');
  await writeFile(reply, new Uint8Array(await response.arrayBuffer()));
  return { query, reply };
}

async function makeOcspQuery(): Promise<Buffer> {
  const file = path.join(folder, 'query.orq');
  await openssl(
    'ocsp',
    '-issuer',
    pki.issuing.certificate,
    '-cert',
    pki.officer.certificate,
    '-no_nonce',
    '-reqout',
    file,
  );
  return readFile(file);
}

function askOcsp(...place: string[]): Promise<Readonly<{ stdout: string; stderr: string }>> {
  return openssl(
    'ocsp',
    '-issuer',
    pki.issuing.certificate,
    '-cert',
    pki.officer.certificate,
    ...place,
    '-CAfile',
    pki.root.certificate,
    '-verify_other',
    pki.issuing.certificate,
  );
}

function openssl(...commandArguments: string[]): Promise<Readonly<{ stdout: string; stderr: string }>> {
  return runFile('openssl', commandArguments);
}
