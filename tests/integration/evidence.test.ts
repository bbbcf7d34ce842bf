import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { checkPdfA } from '../../core/documents/pdf/pdfa-checker.ts';
import { readCertificate } from '../../core/documents/signing/certificate.ts';
import { openPdf } from '../../core/documents/signing/pdf-reader.ts';
import { readEvidence } from '../../core/documents/signing/pdf-evidence.ts';
import { verifyPdf } from '../../core/documents/signing/verify.ts';
import { createEvidenceCompletion } from '../../core/services/evidence.ts';
import { createTimestampAuthorities } from '../../core/services/timestamping.ts';
import { createOcspResponder } from '../../demo/authorities/ocsp-responder.ts';
import { createTimestampAuthority } from '../../demo/authorities/timestamp-authority.ts';
import { revokeCertificate, writeRevocationList } from '../../demo/pki/certificate-authority.ts';
import { ensurePki } from '../../demo/pki/ensure-pki.ts';
import { issueOfficer, startLists, startService } from './authority-services.ts';
import { makeAuthorities, openEvidenceRig } from './evidence-rig.ts';
import type { EvidenceRig, RegisteredDocument, TestAuthorities } from './evidence-rig.ts';
import { checkWithQpdf, cutSignatures, readPdfsig, verifySignature } from './outside-validators.ts';

/* Evidence that follows a signature: what authorities answer, do not answer, or lie about. */

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

const minute = 60_000;
const day = 24 * 60 * minute;
const unhelpful = ['down', 'error500', 'garbage'] as const;

function expectComplete(document: RegisteredDocument, pdf: Buffer): void {
  expect(pdf.subarray(0, document.pdf.length).equals(document.pdf)).toBe(true);
  expect(checkPdfA(pdf)).toEqual([]);
  checkWithQpdf(pdf);
  expect(readPdfsig(pdf)).toMatchObject({ signatures: 2, valid: 1, lastCoversAll: true });
  for (const signature of cutSignatures(pdf))
    verifySignature(signature, { root: rig.pki.root.certificate, chain: rig.pki.issuing.certificate });
  const verification = verifyPdf(pdf, { trustAnchors: [rig.pki.root.der], at: rig.context.clock.now() });
  expect(verification).toMatchObject({ verdict: 'passed', signatures: [{ level: 'B-LTA', verdict: 'passed' }] });
}

describe('what was signed without a line', () => {
  test('is completed to B-LTA, valid for the others and still PDF/A', async () => {
    const document = await rig.register();
    expect(rig.levels(document)).toEqual(['B-B']);
    expect(await rig.complete()).toBe(1);
    expect(rig.levels(document)).toEqual(['B-B', 'B-LTA']);
    const pdf = await rig.newest(document);
    expectComplete(document, pdf);
    // The officer's state by OCSP, the issuing authority's by its root's list.
    const evidence = readEvidence(openPdf(pdf));
    expect([evidence.ocsps.length, evidence.crls.length]).toEqual([1, 1]);
    expect(await rig.complete()).toBe(0);
  });

  test('asks once for what several documents need', async () => {
    const documents = [await rig.register(), await rig.register(), await rig.register()];
    expect(await rig.complete()).toBe(3);
    // The officer and the time-stamp authority.
    expect(rig.ocsp.requests()).toBe(2);
    expect(rig.timestamps.map((authority) => authority.requests())).toEqual([3, 0]);
    for (const document of documents) expectComplete(document, await rig.newest(document));
  });

  test('waits as long as nobody can prove it, whatever the responder answers', async () => {
    const document = await rig.register();
    for (const mode of unhelpful) {
      await rig.ocsp.setMode(mode);
      rig.restart();
      expect(await rig.complete()).toBe(0);
      expect([rig.levels(document), rig.problems(document)]).toEqual([['B-B'], []]);
    }
    await rig.ocsp.setMode('ok');
    rig.restart();
    expect(await rig.complete()).toBe(1);
    expectComplete(document, await rig.newest(document));
  });

  test('waits for a time stamp, and is tried again at the next connection', async () => {
    const document = await rig.register();
    for (const mode of unhelpful) {
      for (const authority of rig.timestamps) await authority.setMode(mode);
      expect(await rig.complete()).toBe(0);
      expect(rig.levels(document)).toEqual(['B-B']);
    }
    for (const authority of rig.timestamps) await authority.setMode('ok');
    expect(await rig.complete()).toBe(1);
    expectComplete(document, await rig.newest(document));
  });

  test('one that has its stamp is completed as far as it goes, once, and then to the end', async () => {
    const document = await rig.register(rig.pki.officer, { isStamped: true });
    for (const authority of rig.timestamps) await authority.setMode('down');
    expect(await rig.complete()).toBe(1);
    expect(await rig.complete()).toBe(0);
    expect(rig.levels(document)).toEqual(['B-T', 'B-LT']);
    for (const authority of rig.timestamps) await authority.setMode('ok');
    expect(await rig.complete()).toBe(1);
    expect(rig.levels(document)).toEqual(['B-T', 'B-LT', 'B-LTA']);
    expectComplete(document, await rig.newest(document));
  });

  test('a document that nobody vouches for does not hold up the next ones', async () => {
    const { strangers } = authorities;
    const foreign = await rig.register(strangers.officer);
    const own = await rig.register();
    expect(await rig.complete()).toBe(1);
    expect([rig.levels(foreign), rig.levels(own)]).toEqual([['B-B'], ['B-B', 'B-LTA']]);
    expect(rig.problems(foreign)).toEqual(['statusUnknown']);
  });

  test('stops at once when the desk closes', async () => {
    const document = await rig.register();
    const closing = new AbortController();
    closing.abort();
    expect(await rig.complete(closing.signal)).toBe(0);
    expect(rig.levels(document)).toEqual(['B-B']);
  });
});

describe('time-stamp authorities', () => {
  test.each(unhelpful)('one that is %s gives way to the next, which is asked first from then on', async (mode) => {
    const [first, second] = rig.timestamps;
    await first.setMode(mode);
    const document = await rig.register();
    expect(await rig.complete()).toBe(1);
    expectComplete(document, await rig.newest(document));
    const asked = first.requests();
    await first.setMode('ok');
    await rig.register();
    rig.restart();
    expect(await rig.complete()).toBe(1);
    expect([first.requests(), second.requests()]).toEqual([asked, 2]);
  });

  test('a slow one costs its time once in a batch, however many stamps are asked for together', async () => {
    const [first, second] = rig.timestamps;
    await first.setMode('slow');
    const { source } = createTimestampAuthorities(rig.context, { answerMs: 4_000 });
    const imprint = { hash: 'sha256', digest: Buffer.alloc(32, 7) } as const;
    await source(imprint);
    await Promise.all([source(imprint), source(imprint), source(imprint)]);
    expect([first.requests(), second.requests()]).toEqual([1, 4]);
    const together = createTimestampAuthorities(rig.context, { answerMs: 4_000 });
    await second.setMode('down');
    await expect(Promise.all([together.source(imprint), together.source(imprint)])).rejects.toMatchObject({
      code: 'timestamp.unavailable',
    });
    expect(together.hasAnswering()).toBe(false);
  });

  test('a stamp of another time, a replayed one and a stranger’s are refused', async () => {
    const document = await rig.register();
    const [first, second] = rig.timestamps;
    rig.moveClock(20 * minute);
    expect(await rig.complete()).toBe(0);
    rig.moveClock(0);
    // The first answers each query with the stamp of an earlier one, the second with a stranger's.
    let earlier: Buffer | null = null;
    const replay = await startService(first, async (body, forward) => (earlier ??= await forward(body)));
    const { strangers } = authorities;
    const stranger = createTimestampAuthority({ pki: strangers, port: 0 });
    await stranger.start();
    const context = { ...rig.context, configuration: { ...rig.context.configuration, timestampUrls: [replay.url] } };
    const replaying = createTimestampAuthorities(context, { answerMs: 5_000 });
    await replaying.source({ hash: 'sha256', digest: Buffer.alloc(32, 1) });
    await expect(replaying.source({ hash: 'sha256', digest: Buffer.alloc(32, 2) })).rejects.toMatchObject({
      code: 'timestamp.rejected',
    });
    const foreign = { ...context, configuration: { ...context.configuration, timestampUrls: [stranger.url()] } };
    await expect(
      createTimestampAuthorities(foreign, { answerMs: 5_000 }).source({ hash: 'sha256', digest: Buffer.alloc(32, 3) }),
    ).rejects.toMatchObject({ code: 'timestamp.rejected', details: { reason: 'notTrusted' } });
    await Promise.all([replay.close(), stranger.stop()]);
    expect(second.requests()).toBeGreaterThan(0);
    expect(rig.levels(document)).toEqual(['B-B']);
  });

  test('the stamps of one whose certificate was revoked complete nothing', async () => {
    const document = await rig.register();
    await revokeCertificate({ folder: rig.pki.folder, certificate: 'timestamp-authority.pem' });
    expect(await rig.complete()).toBe(0);
    expect(rig.levels(document)).toEqual(['B-B']);
  });
});

describe('an authority that was revoked', () => {
  test('before it stamped proves nothing, and a later stamp of another takes its place', async () => {
    const document = await rig.register(rig.pki.officer, { isStamped: true });
    expect(document.level).toBe('B-T');
    await revokeCertificate({ folder: rig.pki.folder, certificate: 'timestamp-authority.pem' });
    const index = join(rig.pki.folder, 'issuing-database/index.txt');
    // From the day before, as an authority finds out late.
    const yesterday = new Date(Date.now() - day).toISOString().replaceAll(/[-:T]/gu, '').slice(2, 14);
    const rows = await readFile(index, 'utf8');
    await writeFile(index, rows.replace(/^(R\t\d+Z\t)\d+Z/mu, `$1${yesterday}Z`));
    await rm(rig.pki.timestampAuthority.certificate);
    await ensurePki({ folder: rig.pki.folder, ocspUrl: rig.pki.ocspUrl });
    expect(await rig.complete()).toBe(1);
    expect(rig.levels(document)).toEqual(['B-T', 'B-LTA']);
    const pdf = await rig.newest(document);
    const { signatures } = verifyPdf(pdf, { trustAnchors: [rig.pki.root.der], at: new Date() });
    expect(signatures[0]?.timestamps.map(({ kind, isTrusted }) => [kind, isTrusted])).toEqual([
      ['signature', false],
      ['document', true],
    ]);
  });
});

describe('certificates', () => {
  test('revoked between signature and completion: told, not rescued, and not asked for again', async () => {
    const late = await rig.register();
    const stamped = await rig.register(rig.pki.officer, { isStamped: true });
    // The list states whole seconds: the revocation must not share its second with the stamp.
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    await revokeCertificate({ folder: rig.pki.folder, certificate: 'officer.pem', reason: 'keyCompromise' });
    expect(await rig.complete()).toBe(1);
    expect([rig.levels(late), rig.problems(late)]).toEqual([['B-B'], ['certificateRevoked']]);
    expect(rig.context.desk().store.evidenceStates(late.recordId)).toEqual({ [late.documentId]: 'problem' });
    // What a stamp proves to be older than the revocation stays good.
    expect(rig.problems(stamped)).toEqual([]);
    expectComplete(stamped, await rig.newest(stamped));
    expect(await rig.complete()).toBe(0);
    expect(rig.problems(late)).toEqual(['certificateRevoked']);
    const [row] = rig.context
      .desk()
      .store.listAudit(late.recordId)
      .filter(({ action }) => /evidence/u.test(action));
    expect(row?.details).toMatchObject({ problem: 'certificateRevoked' });
  });

  test('a good answer from before the signature does not hide a revocation', async () => {
    await rig.register();
    expect(await rig.complete()).toBe(1);
    await revokeCertificate({ folder: rig.pki.folder, certificate: 'officer.pem' });
    const later = await rig.register();
    expect(await rig.complete()).toBe(0);
    expect(rig.problems(later)).toEqual(['certificateRevoked']);
  });

  test('expired between signature and completion: told; with a stamp of before it is completed', async () => {
    const expired = await issueOfficer(rig, 'expired', { from: -2 * day, to: -day });
    const late = await rig.register(expired);
    const brief = await issueOfficer(rig, 'brief', { from: -day, to: 6_000 });
    const stamped = await rig.register(brief, { isStamped: true });
    expect(stamped.level).toBe('B-T');
    await new Promise((resolve) => setTimeout(resolve, 6_500));
    expect(await rig.complete()).toBe(1);
    expect([rig.levels(late), rig.problems(late)]).toEqual([['B-B'], ['certificateExpired']]);
    expect(rig.levels(stamped)).toEqual(['B-T', 'B-LTA']);
    // OpenSSL judges by today, when the certificate is out of date: by the stamp's time it was not.
    const completed = verifyPdf(await rig.newest(stamped), { trustAnchors: [rig.pki.root.der], at: new Date() });
    expect(completed).toMatchObject({ verdict: 'passed', signatures: [{ level: 'B-LTA' }] });
  });

  test('unknown to the responder: told once, asked again later, and then completed', async () => {
    const document = await rig.register();
    const index = join(rig.pki.folder, 'issuing-database/index.txt');
    const rows = await readFile(index, 'utf8');
    const { serialHex } = readCertificate(rig.pki.officer.der);
    await writeFile(
      index,
      rows
        .split('\n')
        .filter((row) => !row.includes(serialHex.toUpperCase()))
        .join('\n'),
    );
    expect(await rig.complete()).toBe(0);
    const asked = rig.ocsp.requests();
    expect(await rig.complete()).toBe(0);
    expect(rig.ocsp.requests()).toBe(asked);
    rig.moveClock(2 * minute);
    expect(await rig.complete()).toBe(0);
    expect(rig.ocsp.requests()).toBeGreaterThan(asked);
    expect(rig.problems(document)).toEqual(['statusUnknown']);
    await writeFile(index, rows);
    rig.moveClock(6 * minute);
    expect(await rig.complete()).toBe(1);
    expectComplete(document, await rig.newest(document));
  });

  test('with the responder away, the revocation list tells', async () => {
    const lists = await startLists();
    const listed = await issueOfficer(
      rig,
      'listed',
      { from: -day, to: day },
      `crlDistributionPoints = URI:${lists.url}\n`,
    );
    const document = await rig.register(listed);
    await writeRevocationList(rig.pki.folder, 'issuing', 5);
    await rig.ocsp.setMode('error500');
    expect(await rig.complete()).toBe(0);
    lists.publish(await readFile(join(rig.pki.folder, 'issuing.crl')));
    rig.restart();
    // The time-stamp authority has no list: its own state must be known as well.
    await rig.ocsp.setMode('ok');
    await rig.complete();
    const other = await rig.register(listed);
    await rig.ocsp.setMode('error500');
    expect(await rig.complete()).toBe(1);
    const pdf = await rig.newest(other);
    expectComplete(other, pdf);
    expect(readEvidence(openPdf(pdf)).crls).toHaveLength(2);
    expect(rig.levels(document)).toEqual(['B-B', 'B-LTA']);
    await revokeCertificate({ folder: rig.pki.folder, certificate: 'listed.pem' });
    await writeRevocationList(rig.pki.folder, 'issuing', 5);
    lists.publish(await readFile(join(rig.pki.folder, 'issuing.crl')));
    const revoked = await rig.register(listed);
    expect(await rig.complete()).toBe(0);
    expect(rig.problems(revoked)).toEqual(['certificateRevoked']);
    await lists.close();
  });

  test('a responder that lies proves nothing: a stranger’s word, another’s answer, one of yesterday', async () => {
    const document = await rig.register();
    await rig.ocsp.setMode('down');
    const { strangers } = authorities;
    const stranger = createOcspResponder({ pki: strangers });
    await stranger.start();
    expect(await rig.complete()).toBe(0);
    await stranger.stop();
    await rig.ocsp.setMode('ok');
    // Answers everybody with what is said of the first who asks.
    let first: Buffer | null = null;
    const parrot = await startService(rig.ocsp, async (body, forward) => (first ??= await forward(body)));
    const viaParrot: EvidenceRig['context'] = {
      ...rig.context,
      fetchBytes: (url, request) =>
        rig.context.fetchBytes(request.contentType === 'application/ocsp-request' ? parrot.url : url, request),
    };
    const other = await rig.register(rig.pki.secondOfficer);
    const complete = createEvidenceCompletion(viaParrot);
    const { signal } = new AbortController();
    expect(await complete(signal)).toBe(0);
    // Two days later the answer of today is none any more.
    rig.moveClock(2 * day);
    expect(await createEvidenceCompletion(viaParrot)(signal)).toBe(0);
    rig.moveClock(0);
    await parrot.close();
    expect([rig.levels(document), rig.levels(other)]).toEqual([['B-B'], ['B-B']]);
    expect([...rig.problems(document), ...rig.problems(other)]).toEqual([]);
    rig.restart();
    expect(await rig.complete()).toBe(2);
  });
});
