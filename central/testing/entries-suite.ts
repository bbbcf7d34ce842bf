import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { canonicalJson } from '../../core/contract/canonical-json.ts';
import { acknowledgementSigningText, entriesResponseSchema } from '../../core/contract/sync-protocol.ts';
import type { EntriesResponse, JournalEntry } from '../../core/contract/sync-protocol.ts';
import { makeVerificationCode } from '../../core/documents/verification-code.ts';
import type { CentreRig } from './centre-rig.ts';
import { referenceFixture } from './reference-fixture.ts';
import { enrolTestDesk, isSignedByCentre } from './test-desk.ts';
import type { Answer, TestDesk } from './test-desk.ts';
import { createTestJournal, testFile } from './test-journal.ts';
import type { TestJournal } from './test-journal.ts';

/** Every rule of accepting entries, on whichever database the rig stands. */
export function describeEntries(getRig: () => CentreRig): void {
  describe('entries of a series', () => {
    defineTests(getRig);
  });
}

function defineTests(getRig: () => CentreRig): void {
  let deskCount = 10;
  let desk: TestDesk;
  let journal: TestJournal;
  let path: string;

  beforeEach(async () => {
    deskCount += 1;
    const { centre, now } = getRig();
    await centre.publishReference(referenceFixture());
    desk = await enrolTestDesk(centre, 'O00009999', String(deskCount), now());
    journal = createTestJournal(desk.incoming, now());
    path = `/api/v1/series/${desk.incoming.seriesId}/entries`;
  });

  async function send(entries: readonly JournalEntry[], sender = desk): Promise<EntriesResponse> {
    const { status, body } = await sender.post(path, { entries });
    const response = entriesResponseSchema.parse(body);
    expect(status).toBe(response.result === 'accepted' ? 200 : 409);
    return response;
  }

  async function reasonsOf(entries: readonly JournalEntry[]): Promise<readonly (readonly string[])[]> {
    const response = await send(entries);
    if (response.result !== 'accepted') throw new Error(response.result);
    return response.acknowledgements.map(({ quarantineReasons }) => quarantineReasons);
  }

  const cursor = () => desk.get(`/api/v1/series/${desk.incoming.seriesId}/cursor`);

  describe('entries', () => {
    test('are acknowledged one by one, signed, and move the cursor', async () => {
      journal.addRecord();
      journal.addRecord();
      const response = await send(journal.entries);
      expect(response).toMatchObject({ result: 'accepted', isDurable: getRig().isDurable });
      if (response.result !== 'accepted') return;
      expect(response.acknowledgements.map(({ sequence }) => sequence)).toEqual([1, 2]);
      for (const acknowledgement of response.acknowledgements) {
        expect(acknowledgement.quarantineReasons).toEqual([]);
        expect(
          isSignedByCentre(getRig().centre, acknowledgementSigningText(acknowledgement), acknowledgement.signature),
        ).toBe(true);
      }
      const { body } = await cursor();
      expect(body).toMatchObject({ cursor: 2, cursorHash: journal.entries[1]?.hash, isHalted: false });
    });

    test('sent again are acknowledged again, alone or with new ones behind them', async () => {
      journal.addRecord();
      const first = await send(journal.entries);
      expect(await send(journal.entries)).toEqual(first);
      journal.addRecord();
      const both = await send(journal.entries);
      expect(both).toMatchObject({ result: 'accepted' });
      expect(both.result === 'accepted' && both.acknowledgements.length).toBe(2);
      expect((await cursor()).body).toMatchObject({ cursor: 2 });
    });

    test('after a hole are answered with the cursor, and nothing is kept of them', async () => {
      for (let count = 0; count < 4; count += 1) journal.addRecord();
      await send(journal.entries.slice(0, 1));
      expect(await send(journal.entries.slice(2))).toEqual({
        result: 'gap',
        cursor: 1,
        cursorHash: journal.entries[0]?.hash,
      });
      expect(await send(journal.entries.slice(1))).toMatchObject({ result: 'accepted' });
    });

    test('that tell another story of a known place halt the series for what is new', async () => {
      journal.addRecord();
      await send(journal.entries);
      const other = createTestJournal(desk.incoming, getRig().now());
      other.addRecord();
      other.addRecord();
      const fork = { result: 'fork', sequence: 1, hash: journal.entries[0]?.hash };
      expect(await send(other.entries)).toEqual(fork);
      expect((await cursor()).body).toMatchObject({ cursor: 1, isHalted: true });
      journal.addRecord();
      expect(await send(journal.entries)).toEqual(fork);
      expect(await send(journal.entries.slice(0, 1))).toMatchObject({ result: 'accepted' });
    });

    test('that continue what the centre never saw halt the series', async () => {
      journal.addRecord();
      await send(journal.entries);
      const other = createTestJournal(desk.incoming, getRig().now());
      other.addRecord();
      other.addRecord();
      expect(await send(other.entries.slice(1))).toEqual({
        result: 'fork',
        sequence: 1,
        hash: journal.entries[0]?.hash,
      });
    });

    test('whose hash is not that of their body are not taken, and the series goes on', async () => {
      journal.addRecord();
      const [entry] = journal.entries;
      const altered = { ...entry, body: `${entry?.body} ` };
      expect(await desk.post(path, { entries: [altered] })).toMatchObject({
        status: 400,
        body: { code: 'entry.hash' },
      });
      expect((await cursor()).body).toMatchObject({ cursor: 0, isHalted: false });
      expect(await send(journal.entries)).toMatchObject({ result: 'accepted' });
    });

    test('out of order, of another series or too many are not taken', async () => {
      journal.addRecord();
      journal.addRecord();
      const refused = async (entries: readonly unknown[], code: string) => {
        expect(await desk.post(path, { entries })).toMatchObject({ status: 400, body: { code } });
      };
      await refused(journal.entries.toReversed(), 'entry.order');
      const outgoing = desk.series.find(({ direction }) => direction === 'outgoing') ?? desk.incoming;
      const other = createTestJournal(outgoing, getRig().now());
      other.addRecord();
      await refused(other.entries, 'entry.order');
      await refused([], 'request.invalid');
      await refused(
        Array.from({ length: 201 }, () => journal.entries[0]),
        'request.invalid',
      );
      expect((await cursor()).body).toMatchObject({ cursor: 0 });
    });

    test('of two requests at once are each accepted once', async () => {
      for (let count = 0; count < 5; count += 1) journal.addRecord();
      const answers = await Promise.all(Array.from({ length: 6 }, () => send(journal.entries)));
      for (const answer of answers) expect(answer).toEqual(answers[0]);
      expect((await cursor()).body).toMatchObject({ cursor: 5, isHalted: false });
    });

    test('belong to the desk that was granted the series; another office does not even learn of it', async () => {
      const { centre, now } = getRig();
      deskCount += 1;
      const neighbour = await enrolTestDesk(centre, 'O00009999', String(deskCount), now());
      const stranger = await enrolTestDesk(centre, 'O00008888', String(deskCount), now());
      journal.addRecord();
      const body = { entries: journal.entries };
      expect(await neighbour.post(path, body)).toMatchObject({ status: 403, body: { code: 'series.otherDesk' } });
      expect(await stranger.post(path, body)).toMatchObject({ status: 404, body: { code: 'series.notFound' } });
      const cursorPath = `/api/v1/series/${desk.incoming.seriesId}/cursor`;
      expect(await neighbour.get(cursorPath)).toMatchObject({ status: 200, body: { cursor: 0 } });
      expect(await stranger.get(cursorPath)).toMatchObject({ status: 404 });
      expect(await stranger.get('/api/v1/series/none/cursor')).toMatchObject({ status: 404 });
    });
  });

  describe('an issued record that breaks a rule is accepted in quarantine', () => {
    test('for its series, number, time, officer, unit, consent, files and codes', async () => {
      journal.addRecord({ sequence: 7, recordNumber: 'X-1', deskNumber: '99' });
      journal.addRecord({ recordedAt: '2026-11-20T12:00:00+01:00', sequence: 8 });
      journal.addRecord({ recordedAt: '2025-11-20T12:00:00+01:00', sequence: 9 });
      journal.addRecord({ unitCode: 'LA9999001', sequence: 10, route: 'officer', consentId: null });
      journal.addRecord({ receiptVerificationCode: 'VEN-AAAA-BBBB', sequence: 11 });
      const reasons = await reasonsOf(journal.entries);
      expect(reasons[0]).toEqual(['record.ownerMismatch', 'record.sequenceGap', 'record.numberMismatch']);
      expect(reasons[1]).toContain('record.timeInFuture');
      expect(reasons[2]).toContain('record.yearMismatch');
      expect(reasons[3]).toEqual(
        expect.arrayContaining(['record.unitUnknown', 'record.consentMissing', 'record.numberMismatch']),
      );
      expect(reasons[4]).toContain('document.codeMalformed');
      expect((await cursor()).body).toMatchObject({ cursor: 5 });
    });

    test('when its identifier or its code is taken', async () => {
      const { recordId } = journal.addRecord();
      const code = makeVerificationCode('VEN');
      journal.addRecord({ recordId });
      journal.addRecord({ receiptVerificationCode: code });
      journal.addRecord({ receiptVerificationCode: code });
      const reasons = await reasonsOf(journal.entries);
      expect(reasons).toEqual([[], ['record.duplicated'], [], ['document.taken']]);
    });

    test('when it is not what a journal holds', async () => {
      journal.addBody('not JSON');
      journal.addBody('{ "kind": "record" }');
      journal.addBody(canonicalJson({ kind: 'unknown' }));
      journal.addBody('{"x":1e400}');
      journal.addBody('['.repeat(200_000) + ']'.repeat(200_000));
      journal.addRecord({ summary: 'half a pair \ud800 and a zero \0' });
      const reasons = await reasonsOf(journal.entries);
      expect(reasons).toEqual([
        ['body.notJson'],
        ['body.notCanonical', 'body.schema'],
        ['body.schema'],
        // Beyond what a number holds, and deeper than anything that calls itself can walk.
        ['body.notCanonical', 'body.schema'],
        ['body.schema'],
        // JSON writes both as escapes: the entry is as good as any.
        [],
      ]);
    });

    test('and the files of one that is not understood are received', async () => {
      const file = testFile();
      const blob = {
        sha256: file.sha256,
        byteLength: file.content.length,
        mediaType: 'application/pdf',
        documentId: 'receipt',
        part: 'document',
      };
      journal.addBody(canonicalJson({ kind: 'unknown', blobs: [blob] }));
      expect(await reasonsOf(journal.entries)).toEqual([['body.schema']]);
      expect(await desk.put(`/api/v1/blobs/${file.sha256}?offset=0`, file.content)).toMatchObject({
        body: { state: 'complete' },
      });
    });
  });

  describe('an event', () => {
    test('brings the receipt and completed versions, each extending the one before', async () => {
      const record = journal.addRecord();
      const [document] = record.documents;
      const [receipt, eni, sicres, completed] = [testFile(), testFile(), testFile(), testFile()];
      const reference = (file: typeof receipt, documentId: string, part: 'document' | 'eni' | 'sicres') => ({
        sha256: file.sha256,
        byteLength: file.content.length,
        mediaType: 'application/octet-stream',
        documentId,
        part,
      });
      const at = '2026-11-20T10:44:00+01:00';
      const receipted = {
        type: 'receipted' as const,
        at,
        sha256: receipt.sha256,
        byteLength: receipt.content.length,
        pageCount: 2,
        eniXmlSha256: eni.sha256,
        sicresXmlSha256: sicres.sha256,
        sealedBy: 'organSeal' as const,
        signatureLevel: 'B-T' as const,
      };
      journal.addEvent(record, receipted, [
        reference(receipt, 'receipt', 'document'),
        reference(eni, 'receipt', 'eni'),
        reference(sicres, 'receipt', 'sicres'),
      ]);
      const versionAdded = {
        type: 'versionAdded' as const,
        at,
        documentId: document?.documentId ?? '',
        extendsSha256: document?.sha256 ?? '',
        sha256: completed.sha256,
        byteLength: completed.content.length,
        signatureLevel: 'B-LTA' as const,
      };
      journal.addEvent(record, versionAdded, [reference(completed, versionAdded.documentId, 'document')]);
      journal.addEvent(record, versionAdded, []);
      expect(await reasonsOf(journal.entries)).toEqual([[], [], [], ['event.versionUnknown', 'event.fileMissing']]);
    });

    test('of a record that is not there, or of another desk, waits in quarantine', async () => {
      const { centre, now } = getRig();
      deskCount += 1;
      const neighbour = await enrolTestDesk(centre, 'O00009999', String(deskCount), now());
      const theirs = createTestJournal(neighbour.incoming, now());
      const theirRecord = theirs.addRecord();
      await neighbour.post(`/api/v1/series/${neighbour.incoming.seriesId}/entries`, { entries: theirs.entries });
      const event = {
        type: 'annulled' as const,
        at: '2026-11-20T10:44:00+01:00',
        reason: 'Duplicado',
        supervisorId: 'F-1',
      };
      journal.addEvent(theirRecord, event);
      const record = journal.addRecord();
      journal.addEvent({ ...record, recordNumber: 'X-2' }, event);
      const repeated = journal.addEvent(record, event);
      journal.addBody(repeated.body);
      expect(await reasonsOf(journal.entries)).toEqual([
        ['event.recordUnknown'],
        [],
        ['event.numberMismatch'],
        [],
        ['event.duplicated'],
      ]);
    });
  });

  test('a series begins with the digest of its name', async () => {
    const answer: Answer = await cursor();
    const cursorHash = createHash('sha256').update(desk.incoming.seriesId).digest('hex');
    expect(answer.body).toMatchObject({ cursor: 0, cursorHash });
  });
}
