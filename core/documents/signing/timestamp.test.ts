import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from './algorithms.ts';
import { readCertificate } from './certificate.ts';
import { readSignedData } from './cms-reader.ts';
import { encodeInteger, encodeSequence } from './der.ts';
import type { FetchBytes } from './network.ts';
import { createTestAuthority } from './testing/authority.ts';
import type { Holder, TestAuthority } from './testing/authority.ts';
import {
  checkTimestampToken,
  encodeTimestampQuery,
  readTimestampReply,
  readTokenInfo,
  requestTimestamp,
} from './timestamp.ts';

const digest = digestOf('sha256', Buffer.from('contenido'));
const otherDigest = digestOf('sha256', Buffer.from('otro contenido'));
let authority: TestAuthority;

beforeAll(() => {
  authority = createTestAuthority();
}, 60_000);
afterAll(() => {
  authority.dispose();
});

const request = (fetchBytes: FetchBytes, trusted = [readCertificate(authority.root)]): Promise<Buffer> =>
  requestTimestamp({ url: 'http://tsa.test/', hash: 'sha256', digest, fetchBytes, trusted });

function withChanged(reply: Buffer, what: Uint8Array): Buffer {
  const changed = Buffer.from(reply);
  const place = changed.indexOf(what);
  changed[place] = (changed[place] ?? 0) ^ 1;
  return changed;
}

describe('asking for a time stamp', () => {
  it.each(['sha256', 'sha384', 'sha512'] as const)('returns a verified token over %s', async (hash) => {
    const wanted = digestOf(hash, Buffer.from('contenido'));
    const token = await requestTimestamp({
      url: 'http://tsa.test/',
      hash,
      digest: wanted,
      fetchBytes: authority.fetchBytes,
      trusted: [readCertificate(authority.root)],
    });
    const info = readTokenInfo(token);
    expect([info.hash, info.digest.equals(wanted), info.policy]).toEqual([hash, true, '1.2.3.4.1']);
    expect(checkTimestampToken(token, { hash, digest: wanted }).problems).toEqual([]);
  });

  it('asks as OpenSSL reads it', () => {
    const file = join(authority.folder, 'query');
    writeFileSync(file, encodeTimestampQuery('sha256', digest, Buffer.from('00ff01', 'hex')));
    const text = execFileSync('openssl', ['ts', '-query', '-in', file, '-text'], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
    expect(text).toContain('Hash Algorithm: sha256');
    expect(text).toContain('Nonce: 0xFF01');
    expect(text).toContain('Certificate required: yes');
  });

  it.each<[string, string, (query: Uint8Array) => Buffer]>([
    [
      'another nonce',
      'nonce',
      () => authority.timestamp(encodeTimestampQuery('sha256', digest, Buffer.from('0102', 'hex'))),
    ],
    [
      'another imprint',
      'imprint',
      (query) =>
        authority.timestamp(
          Buffer.from(
            Buffer.from(query).toString('hex').replace(digest.toString('hex'), otherDigest.toString('hex')),
            'hex',
          ),
        ),
    ],
    ['a changed signature', 'signature', (query) => withLastByteChanged(authority.timestamp(query))],
    ['a changed imprint inside the token', 'signature', (query) => withChanged(authority.timestamp(query), digest)],
    ['a refusal', 'status', () => encodeSequence(encodeSequence(encodeInteger(2)))],
    ['garbage', 'malformed', () => Buffer.from('<html>503 Service Unavailable</html>')],
    ['nothing', 'malformed', () => Buffer.alloc(0)],
    [
      'a granted status with garbage for token',
      'malformed',
      () => encodeSequence(encodeSequence(encodeInteger(0)), encodeSequence(encodeInteger(1))),
    ],
  ])('refuses an authority that answers %s', async (_, reason, answer) => {
    await expect(request(async (_url, { body }) => answer(body))).rejects.toMatchObject({
      code: 'timestamp.rejected',
      details: { reason },
    });
  });

  it('refuses an authority that nobody trusts', async () => {
    const stranger = readCertificate(authority.certificate('plain'));
    await expect(request(authority.fetchBytes, [stranger])).rejects.toMatchObject({
      code: 'timestamp.rejected',
      details: { reason: 'notTrusted' },
    });
  });

  it.each<Holder>(['plain', 'looseTimestamping'])(
    'refuses a token of a certificate that is not for time stamps alone: %s',
    (holder) => {
      const token = readTimestampReply(
        authority.timestamp(encodeTimestampQuery('sha256', digest, Buffer.from('01', 'hex'))),
      );
      writeFileSync(join(authority.folder, 'info'), readSignedData(token).content ?? '');
      const type = ['-econtent_type', '1.2.840.113549.1.9.16.1.4'];
      execFileSync(
        'openssl',
        [
          'cms',
          '-sign',
          '-nodetach',
          '-binary',
          '-cades',
          '-md',
          'sha256',
          '-in',
          'info',
          ...type,
          '-signer',
          `${holder}.pem`,
          '-inkey',
          `${holder}.key`,
          '-outform',
          'DER',
          '-out',
          'forged',
        ],
        { cwd: authority.folder },
      );
      const check = checkTimestampToken(readFileSync(join(authority.folder, 'forged')), { hash: 'sha256', digest });
      expect(check.problems).toEqual(['keyPurpose']);
    },
  );

  it('tells a dead line from a lying authority', async () => {
    await expect(request(() => Promise.reject(new Error('ECONNREFUSED')))).rejects.toMatchObject({
      code: 'timestamp.unavailable',
    });
  });
});

function withLastByteChanged(reply: Buffer): Buffer {
  const changed = Buffer.from(reply);
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
  return changed;
}
