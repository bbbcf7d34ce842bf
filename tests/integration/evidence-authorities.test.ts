import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readCertificate } from '../../core/documents/signing/certificate.ts';
import { checkTimestampToken, encodeTimestampQuery } from '../../core/documents/signing/timestamp.ts';
import { createRevocationSource } from '../../core/services/revocation.ts';
import { createTimestampAuthorities } from '../../core/services/timestamping.ts';
import { createTimestampAuthority } from '../../demo/authorities/timestamp-authority.ts';
import { writeRevocationList } from '../../demo/pki/certificate-authority.ts';
import { issueOfficer, startLists, startService } from './authority-services.ts';
import type { Answer } from './authority-services.ts';
import { makeAuthorities, openEvidenceRig } from './evidence-rig.ts';
import type { EvidenceRig, TestAuthorities } from './evidence-rig.ts';

/* Authorities that lie over HTTP, and what is kept of those that do not. */

let authorities: TestAuthorities;
let rig: EvidenceRig;
beforeAll(async () => {
  authorities = await makeAuthorities();
});
afterAll(() => authorities.remove());
beforeEach(async () => {
  rig = await openEvidenceRig(authorities);
});
afterEach(() => rig.close());

const day = 24 * 60 * 60_000;

describe('of two time-stamp authorities', () => {
  const asked = { hash: 'sha256', digest: Buffer.alloc(32, 5) } as const;
  const askedInHexadecimal = asked.digest.toString('hex');
  const otherImprint = Buffer.alloc(32, 6).toString('hex');
  const liars: readonly (readonly [string, Answer, 'own' | 'strangers'])[] = [
    ['gives another nonce', (_, forward) => forward(encodeTimestampQuery('sha256', asked.digest, Buffer.of(7))), 'own'],
    [
      'stamps something else',
      (body, forward) => forward(Buffer.from(body.toString('hex').replace(askedInHexadecimal, otherImprint), 'hex')),
      'own',
    ],
    ['signs as a stranger', (body, forward) => forward(body), 'strangers'],
    ['answers half', async (body, forward) => (await forward(body)).subarray(0, 900), 'own'],
    ['refuses', () => Promise.resolve(Buffer.from('30053003020102', 'hex')), 'own'],
    ['never answers', () => new Promise(() => undefined), 'own'],
  ];

  test.each(liars)('one that %s gives way to the next', async (_, answer, whose) => {
    const [own, second] = rig.timestamps;
    const stranger = createTimestampAuthority({ pki: authorities.strangers, port: 0 });
    await stranger.start();
    let lies = 0;
    const liar = await startService(whose === 'own' ? own : stranger, (body, forward) => {
      lies += 1;
      return answer(body, forward);
    });
    const timestampUrls = [liar.url, second.url()];
    const context = { ...rig.context, configuration: { ...rig.context.configuration, timestampUrls } };
    const { source } = createTimestampAuthorities(context, { answerMs: 3_000 });
    const token = await source(asked);
    expect(checkTimestampToken(token, asked).problems).toEqual([]);
    expect([lies, second.requests()]).toEqual([1, 1]);
    await Promise.all([liar.close(), stranger.stop()]);
  });
});

describe('what an authority has said', () => {
  const { signal } = new AbortController();

  test('of a certificate is kept until it expires, with its bytes as evidence, and not asked for again', async () => {
    const source = createRevocationSource(rig.context);
    const question = {
      certificate: readCertificate(rig.pki.officer.der),
      issuer: readCertificate(rig.pki.issuing.der),
      since: null,
      signal,
    };
    const first = await source.ask(question);
    expect(first).toMatchObject({ kind: 'ocsp', status: { status: 'good' } });
    expect(await source.ask(question)).toBe(first);
    expect(rig.ocsp.requests()).toBe(1);
    // An answer of before does not know of what happened since.
    await source.ask({ ...question, since: new Date(Date.now() + 1_000) });
    expect(rig.ocsp.requests()).toBe(2);
    rig.moveClock(2 * day);
    await expect(source.ask(question)).rejects.toMatchObject({ details: { reason: 'stale' } });
    expect(rig.ocsp.requests()).toBe(3);
  });

  test('in a list serves for all of its certificates until the list expires', async () => {
    const lists = await startLists();
    const dates = { from: -day, to: 30 * day };
    const listed = await issueOfficer(rig, 'listed', dates, `crlDistributionPoints = URI:${lists.url}\n`);
    const other = await issueOfficer(rig, 'other', dates, `crlDistributionPoints = URI:${lists.url}\n`);
    await writeRevocationList(rig.pki.folder, 'issuing', 5);
    const list = await readFile(join(rig.pki.folder, 'issuing.crl'));
    lists.publish(list);
    await rig.ocsp.setMode('down');
    let downloads = 0;
    const source = createRevocationSource({
      ...rig.context,
      downloadBytes: (url, limit) => {
        downloads += 1;
        return rig.context.downloadBytes(url, limit);
      },
    });
    const issuer = readCertificate(rig.pki.issuing.der);
    for (const { der } of [listed, other, listed]) {
      const answer = await source.ask({ certificate: readCertificate(der), issuer, since: null, signal });
      expect(answer).toMatchObject({ kind: 'crl', status: { status: 'good' } });
    }
    expect(downloads).toBe(1);
    rig.moveClock(6 * day);
    const question = { certificate: readCertificate(listed.der), issuer, since: null, signal };
    await expect(source.ask(question)).rejects.toMatchObject({ details: { reason: 'stale' } });
    expect(downloads).toBe(2);
    await lists.close();
  });
});
