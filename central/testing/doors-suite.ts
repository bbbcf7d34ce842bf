import { randomBytes, randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { beforeEach, describe, expect, test } from 'vitest';
import { canonicalJson } from '../../core/contract/canonical-json.ts';
import {
  auditCheckpointSigningText,
  auditCountersignatureSchema,
  auditCountersigningText,
  centreErrorSchema,
  deskStandingSchema,
  deskStandingSigningText,
  entriesResponseSchema,
  ownEntriesResponseSchema,
  ownSeriesResponseSchema,
  grantSigningText,
  referenceDeltaSchema,
  referenceResponseSchema,
  referenceSigningText,
  seriesResponseSchema,
} from '../../core/contract/sync-protocol.ts';
import type { SeriesGrant, SeriesRequest } from '../../core/contract/sync-protocol.ts';
import type { CentreRig } from './centre-rig.ts';
import { writeRequest } from './hostile/raw-request.ts';
import { referenceFixture } from './reference-fixture.ts';
import { enrolTestDesk, isSignedByCentre, strangerKey } from './test-desk.ts';
import type { TestDesk } from './test-desk.ts';
import { createTestJournal, testFile } from './test-journal.ts';

const byId = (one: SeriesGrant, other: SeriesGrant) => (one.seriesId < other.seriesId ? -1 : 1);

/** Who comes in, and with what: enrolment, signed requests, reference data. */
export function describeDoors(getRig: () => CentreRig): void {
  describe('the doors', () => {
    defineTests(getRig);
  });
}

function defineTests(getRig: () => CentreRig): void {
  let deskCount = 40;
  let desk: TestDesk;

  beforeEach(async () => {
    deskCount += 1;
    desk = await enrolTestDesk(getRig().centre, 'O00007777', String(deskCount), getRig().now());
  });

  const path = () => `/api/v1/series/${desk.incoming.seriesId}/cursor`;

  describe('a request', () => {
    test('signed by the desk is answered', async () => {
      expect(await desk.get(path())).toMatchObject({ status: 200 });
    });

    test('with a number that is none is refused, whatever could be made of it', async () => {
      const at = (after: string) => desk.get(`/api/v1/series/${desk.incoming.seriesId}/entries?after=${after}`);
      expect(await at('0')).toMatchObject({ status: 200 });
      for (const text of ['', '%20', '0x1', '1e0', '1.0', '-0', '+1', '99999999999999999999'])
        expect([text, await at(text)]).toMatchObject([text, { status: 400, body: { code: 'request.invalid' } }]);
    });

    test('is answered with what no proxy keeps; who may not come in is told the way', async () => {
      const { url } = getRig().centre;
      const signed = await fetch(url + path(), { headers: desk.signRequest('GET', path(), new Uint8Array(0)) });
      expect(signed.status).toBe(200);
      expect(signed.headers.get('cache-control')).toBe('no-store');
      expect(signed.headers.get('x-content-type-options')).toBe('nosniff');
      const bare = await fetch(url + path());
      expect([bare.status, bare.headers.get('www-authenticate')]).toEqual([401, 'Ventanilla realm="desk"']);
      const feed = await fetch(`${url}/feed/v1/entries`);
      expect([feed.status, feed.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="feed"']);
      expect(feed.headers.get('cache-control')).toBe('no-store');
    });

    test('sent again as it was is refused, at any instance', async () => {
      const nonce = randomBytes(16).toString('hex');
      expect(await desk.get(path(), { nonce })).toMatchObject({ status: 200 });
      expect(await desk.get(path(), { nonce })).toMatchObject({ body: { code: 'authentication.replayed' } });
    });

    test('with another body, path, key or desk than what was signed is refused', async () => {
      const refused = { status: 401, body: { code: 'authentication.signature' } };
      const sha256 = testFile().sha256;
      expect(
        await desk.put(`/api/v1/blobs/${sha256}?offset=0`, randomBytes(10), { sent: randomBytes(10) }),
      ).toMatchObject(refused);
      expect(await desk.get(path(), { signedPath: '/api/v1/reference?version=0' })).toMatchObject(refused);
      expect(await desk.get(path(), { key: strangerKey() })).toMatchObject(refused);
      const other = await enrolTestDesk(getRig().centre, 'O00006666', String(deskCount), getRig().now());
      expect(await desk.get(path(), { deskId: other.deskId })).toMatchObject(refused);
      // What failed used nothing up.
      expect(await desk.get(path())).toMatchObject({ status: 200 });
    });

    test('whose time is more than ten minutes off is refused', async () => {
      const now = getRig().now().getTime();
      for (const minutes of [-11, 11]) {
        const time = new Date(now + minutes * 60_000);
        expect(await desk.get(path(), { time })).toMatchObject({ body: { code: 'authentication.time' } });
      }
      expect(await desk.get(path(), { time: new Date(now - 9 * 60_000) })).toMatchObject({ status: 200 });
    });

    test('without signature, of nobody, or that is nonsense gets an answer without a stack', async () => {
      const { url } = getRig().centre;
      const attempts: readonly [string, RequestInit, number][] = [
        [path(), {}, 401],
        ['/api/v1/reference?version=0', {}, 401],
        ['/api/v1/blobs/../../etc/passwd/state', {}, 404],
        ['/api/v1/blobs/%2e%2e%2fcentre-key.pem/state', {}, 401],
        ['/nothing', {}, 404],
        ['/api/v1/desks', { method: 'POST' }, 400],
        ['/api/v1/desks', { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } }, 400],
        ['/api/v1/desks', { method: 'POST', body: '<x/>', headers: { 'content-type': 'text/xml' } }, 400],
        [
          '/api/v1/desks',
          { method: 'POST', body: 'x'.repeat(100_000), headers: { 'content-type': 'application/json' } },
          413,
        ],
        ['/api/v1/desks', { method: 'DELETE' }, 404],
        ['/api/v1/%zz', {}, 400],
      ];
      for (const [address, options, status] of attempts) {
        const response = await fetch(url + address, options);
        const text = await response.text();
        expect([address, response.status]).toEqual([address, status]);
        expect(centreErrorSchema.safeParse(JSON.parse(text)).success).toBe(true);
        expect(text).not.toMatch(/node_modules|\.ts|\\n/u);
      }
      expect(await desk.get(path(), { deskId: '5b0c6a1e-8c58-4e3a-9d7f-2f9f3a3f6b11' })).toMatchObject({
        body: { code: 'authentication.deskUnknown' },
      });
    });
  });

  test('a signed request that no database holds, or that two readers would read as two things, is refused', async () => {
    const refused = { status: 400, body: { code: 'request.invalid' } };
    expect(await desk.get('/api/v1/series/%00/cursor')).toMatchObject(refused);
    expect(await desk.get('/api/v1/reference?version=2147483648')).toMatchObject(refused);
    expect(await desk.get('/api/v1/reference?version=1&version=0')).toMatchObject(refused);
    const entries = `/api/v1/series/${desk.incoming.seriesId}/entries`;
    for (const text of ['{"entries":[],"entries":[]}', '{"__proto__":{"entries":[]}}', '{"entries":[{"a":1,"a":1}]}']) {
      expect(await desk.post(entries, null, { text })).toMatchObject(refused);
    }
    expect(await desk.post(entries, null, { text: '['.repeat(500_000) + ']'.repeat(500_000) })).toMatchObject(refused);
  });

  test('a desk has only so much on its way at once; another desk does not notice', async () => {
    const path = `/api/v1/blobs/${testFile().sha256}?offset=0`;
    const announce = (sender: TestDesk) =>
      writeRequest('PUT', path, [
        ...Object.entries(sender.signRequest('PUT', path, randomBytes(1))),
        ['content-type', 'application/octet-stream'],
        ['content-length', '8000000'],
      ]);
    const sockets = Array.from({ length: 9 }, () => connect(getRig().centre.port, '127.0.0.1'));
    const texts = sockets.map(() => '');
    sockets.forEach((socket, index) => {
      socket.on('data', (chunk) => (texts[index] += chunk.toString()));
      socket.write(announce(desk));
    });
    await expect.poll(() => texts.filter((text) => text.includes('request.tooMany')).length).toBe(1);
    const other = await enrolTestDesk(getRig().centre, 'O00006666', String(deskCount), getRig().now());
    expect(await other.get(`/api/v1/series/${other.incoming.seriesId}/cursor`)).toMatchObject({ status: 200 });
    for (const socket of sockets) socket.destroy();
    const small = () => desk.put(path, randomBytes(10));
    await expect.poll(async () => (await small()).status).toBe(404);
  });

  test('what a desk sent is given back to it as it was, and to no other desk or office', async () => {
    const journal = createTestJournal(desk.incoming, getRig().now());
    journal.addRecord();
    journal.addRecord();
    const entries = `/api/v1/series/${desk.incoming.seriesId}/entries`;
    const { body } = await desk.post(entries, { entries: journal.entries });
    const { acknowledgements } = entriesResponseSchema.parse(body) as { acknowledgements: unknown[] };
    const given = ownEntriesResponseSchema.parse((await desk.get(`${entries}?after=0`)).body);
    expect(given.entries.map(({ entry }) => entry)).toEqual(journal.entries);
    expect(given.entries.map(({ acknowledgement }) => acknowledgement)).toEqual(acknowledgements);
    expect((await desk.get(`${entries}?after=1`)).body).toMatchObject({ entries: [{ entry: { sequence: 2 } }] });
    expect((await desk.get(`${entries}?after=2`)).body).toEqual({ entries: [] });
    const { series } = ownSeriesResponseSchema.parse((await desk.get('/api/v1/series')).body);
    expect(series.map(({ grant }) => grant).toSorted(byId)).toEqual(desk.series.toSorted(byId));
    expect(series.find(({ grant }) => grant.seriesId === desk.incoming.seriesId)?.cursor).toBe(2);
    const others = [
      await enrolTestDesk(getRig().centre, 'O00007777', String(deskCount + 50).slice(-2), getRig().now()),
      await enrolTestDesk(getRig().centre, 'O00006666', String(deskCount), getRig().now()),
      // At the same place, without the proof that it is the same desk.
      await enrolTestDesk(getRig().centre, 'O00007777', String(deskCount), getRig().now()),
    ];
    for (const other of others) {
      expect(await other.get(`${entries}?after=0`)).toMatchObject({ status: 404, body: { code: 'series.notFound' } });
      const own = ownSeriesResponseSchema.parse((await other.get('/api/v1/series')).body);
      expect(own.series.map(({ grant }) => grant.deskId)).toEqual(other.series.map(() => other.deskId));
    }
  });

  test('a desk that was withdrawn is told so and may only send what it registered, which waits in quarantine', async () => {
    const { centre } = getRig();
    const by = { by: 'Administradora', reason: 'Puesto sustraído' };
    expect(await centre.revokeDesk('O00007777', String(deskCount), by)).toBe(1);
    const standing = deskStandingSchema.parse((await desk.get('/api/v1/desk')).body);
    expect(standing.revokedAt).not.toBeNull();
    expect(isSignedByCentre(centre, deskStandingSigningText(standing), standing.signature)).toBe(true);
    const refused = { status: 403, body: { code: 'desk.revoked' } };
    const entries = `/api/v1/series/${desk.incoming.seriesId}/entries`;
    for (const closed of [
      '/api/v1/series',
      `${entries}?after=0`,
      '/api/v1/reference?version=0',
      '/api/v1/reference/delta?from=1',
      '/api/v1/seal',
    ])
      expect(await desk.get(closed)).toMatchObject(refused);
    expect(await desk.post('/api/v1/series', { years: [], open: [], sealed: [] })).toMatchObject(refused);
    const journal = createTestJournal(desk.incoming, getRig().now());
    journal.addRecord();
    expect(await desk.post(entries, { entries: journal.entries })).toMatchObject({
      status: 200,
      body: { acknowledgements: [{ quarantineReasons: ['desk.revoked'] }] },
    });
    // Nobody learns it of a desk whose key he does not have.
    expect(await desk.get('/api/v1/seal', { key: strangerKey() })).toMatchObject({ status: 401 });
  });

  describe('enrolment', () => {
    test('grants signed series of this year and the next, in both directions', () => {
      expect(desk.series.map(({ seriesId }) => seriesId)).toEqual([
        `O00007777-26-i-${deskCount}-A`,
        `O00007777-26-o-${deskCount}-A`,
        `O00007777-27-i-${deskCount}-A`,
        `O00007777-27-o-${deskCount}-A`,
        `O00007777-26-i-${deskCount}-a`,
        `O00007777-26-o-${deskCount}-a`,
      ]);
      for (const { signature, ...grant } of desk.series) {
        expect(isSignedByCentre(getRig().centre, grantSigningText(grant), signature)).toBe(true);
        expect(grant.deskId).toBe(desk.deskId);
      }
    });

    test('of a desk number again opens a new epoch; two at once share none', async () => {
      const { centre, now } = getRig();
      const again = await Promise.all(
        [1, 2, 3].map(() => enrolTestDesk(centre, 'O00007777', String(deskCount), now())),
      );
      const epochs = again.map(({ incoming }) => incoming.epoch);
      expect(epochs.toSorted()).toEqual(['B', 'C', 'D']);
    });

    test('asks for a code of that desk, unused and not expired', async () => {
      const { centre, now, setNow } = getRig();
      const attempt = async (change: object) => {
        const response = await fetch(`${centre.url}/api/v1/desks`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({
            enrolmentCode: 'AAAAA-AAAAA-AAAAA-AAAAA',
            deskId: crypto.randomUUID(),
            officeCode: 'O00007777',
            deskNumber: String(deskCount),
            publicKey: randomBytes(32).toString('base64'),
            year: 2026,
            ...change,
          }),
        });
        return centreErrorSchema.parse(await response.json()).code;
      };
      expect(await attempt({})).toBe('enrolment.code');
      const enrolmentCode = await centre.issueEnrolmentCode('O00007777', String(deskCount));
      expect(await attempt({ enrolmentCode, officeCode: 'O00006666' })).toBe('enrolment.code');
      expect(await attempt({ enrolmentCode, deskNumber: '99' })).toBe('enrolment.code');
      expect(await attempt({ enrolmentCode, year: 2030 })).toBe('enrolment.year');
      expect(await attempt({ enrolmentCode, publicKey: 'c2hvcnQ=' })).toBe('request.invalid');
      expect(await attempt({ enrolmentCode, deskId: desk.deskId })).toBe('enrolment.deskKnown');
      const before = now().toISOString();
      setNow('2026-11-23T09:42:08Z');
      expect(await attempt({ enrolmentCode })).toBe('enrolment.code');
      setNow(before);
    });
  });

  describe('series that are asked for', () => {
    const ask = async (request: Partial<SeriesRequest>, by = desk) => {
      const { status, body } = await by.post('/api/v1/series', {
        years: [2026, 2027],
        open: [],
        sealed: [],
        ...request,
      });
      return status === 200
        ? seriesResponseSchema.parse(body).series.map(({ seriesId }) => seriesId.slice('O00007777-'.length))
        : centreErrorSchema.parse(body).code;
    };

    test('come where the desk names none, the same ones again until something is in them', async () => {
      const all = desk.series.map(({ seriesId }) => seriesId);
      expect(await ask({ open: all })).toEqual([]);
      expect(await ask({ open: all.slice(1) })).toEqual([`26-i-${deskCount}-A`]);
      const journal = createTestJournal(desk.incoming, getRig().now());
      journal.addRecord();
      await desk.post(`/api/v1/series/${desk.incoming.seriesId}/entries`, { entries: journal.entries });
      expect(await ask({ open: all.slice(1) })).toEqual([`26-i-${deskCount}-B`]);
      expect(await ask({ open: all.slice(1) })).toEqual([`26-i-${deskCount}-B`]);
      // The first still takes what its desk has in it, sealed or not: an issued record is never refused.
      const sealed = [desk.incoming.seriesId, `O00007777-26-i-${deskCount}-B`];
      expect(await ask({ open: all.slice(1), sealed })).toEqual([`26-i-${deskCount}-C`]);
      journal.addRecord();
      const late = await desk.post(`/api/v1/series/${desk.incoming.seriesId}/entries`, { entries: journal.entries });
      expect(late).toMatchObject({ status: 200, body: { result: 'accepted' } });
    });

    test('are of this year or the next, and nobody seals those of another desk', async () => {
      expect(await ask({ years: [2028] })).toBe('enrolment.year');
      const other = await enrolTestDesk(getRig().centre, 'O00006666', String(deskCount), getRig().now());
      const all = desk.series.map(({ seriesId }) => seriesId);
      await other.post('/api/v1/series', { years: [], open: [], sealed: all });
      expect(await ask({ open: all })).toEqual([]);
    });
  });

  describe('a checkpoint of an audit', () => {
    const path = '/api/v1/audit/checkpoints';
    const checkpointOf = (by: TestDesk, storeId: string, sequence: number, hash = 'a'.repeat(64)) => {
      const content = { storeId, sequence, hash, signedAt: '2026-11-20T10:42:07+01:00' };
      return { ...content, signature: by.sign(auditCheckpointSigningText({ ...content, deskId: by.deskId })) };
    };

    test('is countersigned together with the one before, and again the same way', async () => {
      const { centre, second } = getRig();
      const storeId = randomUUID();
      const countersign = async (sequence: number, url = centre.url, hash?: string) => {
        const checkpoint = checkpointOf(desk, storeId, sequence, hash);
        const word = auditCountersignatureSchema.parse((await desk.post(path, checkpoint, { url })).body);
        const text = auditCountersigningText({ ...checkpoint, deskId: desk.deskId, deskKey: desk.publicKey }, word);
        expect(isSignedByCentre(centre, text, word.signature)).toBe(true);
        return word;
      };
      const first = await countersign(5);
      expect(first).toMatchObject({ previousSequence: 0, previousHash: null });
      expect(await countersign(5, (second ?? centre).url)).toEqual(first);
      expect(await countersign(9)).toMatchObject({ previousSequence: 5, previousHash: 'a'.repeat(64) });
      // A chain that went back is told with what it was before.
      expect(await countersign(7, centre.url, 'b'.repeat(64))).toMatchObject({ previousSequence: 9 });
      const answers = await Promise.all(
        [20, 21, 22, 23].map((sequence) => countersign(sequence, sequence % 2 === 0 ? centre.url : second?.url)),
      );
      expect(new Set(answers.map(({ previousSequence }) => previousSequence)).size).toBe(4);
      const lines = await centre.listCheckpointLines(desk.officeCode, desk.deskNumber);
      expect(lines.length).toBe(7);
    });

    test('that its desk did not sign, or of another desk’s store, is refused', async () => {
      const { centre, now } = getRig();
      const storeId = randomUUID();
      const own = checkpointOf(desk, storeId, 5);
      expect(await desk.post(path, own)).toMatchObject({ status: 200 });
      expect(await desk.post(path, { ...own, sequence: 6 })).toMatchObject({ body: { code: 'audit.signature' } });
      const other = await enrolTestDesk(centre, 'O00006666', String(deskCount), now());
      expect(await other.post(path, own)).toMatchObject({ body: { code: 'audit.signature' } });
      const foreign = checkpointOf(other, storeId, 6);
      expect(await other.post(path, foreign)).toMatchObject({ status: 403, body: { code: 'audit.otherDesk' } });
    });
  });

  describe('reference data', () => {
    test('come down signed when they are newer, and count only when they change', async () => {
      const { centre } = getRig();
      const version = await centre.publishReference(referenceFixture());
      expect(await centre.publishReference(referenceFixture())).toBe(version);
      const changed = { ...referenceFixture(), units: [] };
      expect(await centre.publishReference(changed)).toBe(version + 1);
      expect(await desk.get(`/api/v1/reference?version=${version + 1}`)).toEqual({ status: 204, body: null });
      const { body } = await desk.get(`/api/v1/reference?version=${version}`);
      const reference = referenceResponseSchema.parse(body);
      expect(reference.data).toBe(canonicalJson(changed));
      const text = referenceSigningText({
        version: reference.version,
        dataSha256: testFile(Buffer.from(reference.data)).sha256,
      });
      expect(isSignedByCentre(centre, text, reference.signature)).toBe(true);
      const status = await (await fetch(`${centre.url}/api/v1/status`)).json();
      expect(status).toMatchObject({ referenceVersion: version + 1, isDurable: getRig().isDurable });
    });

    test('come down as changes that lead to what is signed, where these are shorter', async () => {
      const { centre } = getRig();
      const base = referenceFixture();
      const version = await centre.publishReference({ ...base, trustAnchors: ['raíz anterior'] });
      const changed = { ...base, trustAnchors: ['raíz nueva', 'raíz anterior'] };
      await centre.publishReference(changed);
      const path = (from: number) => `/api/v1/reference/delta?from=${from}`;
      expect(await desk.get(path(version + 1))).toEqual({ status: 204, body: null });
      const delta = referenceDeltaSchema.parse((await desk.get(path(version))).body);
      expect(delta).toMatchObject({ fromVersion: version, version: version + 1 });
      expect(delta.changes.trustAnchors).toEqual({ removed: [], put: [{ after: null, item: 'raíz nueva' }] });
      expect(delta.dataSha256).toBe(testFile(Buffer.from(canonicalJson(changed))).sha256);
      expect(isSignedByCentre(centre, referenceSigningText(delta), delta.signature)).toBe(true);

      await centre.publishReference({ ...base, officers: [], offices: [], units: [] });
      const noDelta = { status: 404, body: { code: 'reference.noDelta' } };
      expect(await desk.get(path(version + 3))).toEqual({ status: 204, body: null });
      expect(await desk.get(path(version))).toMatchObject(noDelta);
      expect(await desk.get('/api/v1/reference/delta?from=0')).toMatchObject({ status: 400 });
    });

    test('that a desk did not take are counted', async () => {
      const refusals = '/api/v1/reference/refusals';
      expect(await desk.post(refusals, { version: 1, reason: 'signature' })).toEqual({ status: 204, body: null });
      expect(await desk.post(refusals, { version: 1, reason: 'mood' })).toMatchObject({ status: 400 });
      const counted = await Promise.all(
        [getRig().centre, getRig().second].map(async (centre) =>
          centre === null ? '' : (await fetch(`${centre.url}/metrics`)).text(),
        ),
      );
      expect(counted.join('')).toContain('ventanilla_reference_refusals_total{reason="signature"} 1');
    });
  });
}
