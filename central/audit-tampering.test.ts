import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canonicalJson } from '../core/contract/canonical-json.ts';
import { auditCheckpointSigningText } from '../core/contract/sync-protocol.ts';
import { formatOfficialInstant } from '../core/domain/official-time.ts';
import { auditColumns, auditHash, auditRowSchema } from '../core/store/audit-chain.ts';
import { exportAudit, readCheckpointFile, verifyExportedAudit } from '../core/store/audit-export.ts';
import { noAuditKeys, verifyStoredAudit } from '../core/store/audit-verify.ts';
import type { AuditKeys, AuditVerdict } from '../core/store/audit-verify.ts';
import { openConnection } from '../core/store/database.ts';
import type { Connection } from '../core/store/database.ts';
import { deriveKey, unlockMasterKey } from '../core/store/master-key.ts';
import { openDesk } from '../core/store/open-desk.ts';
import { sql } from '../core/store/sql.ts';
import { auditEntry, createDeskFixture } from '../core/store/store-fixture.ts';
import type { DeskFixture } from '../core/store/store-fixture.ts';
import { signHead } from '../core/sync/audit-checkpoints.ts';
import { readIdentity } from '../core/sync/desk-identity.ts';
import type { DeskIdentity } from '../core/sync/desk-identity.ts';
import { enrolDesk } from '../core/sync/enrol-desk.ts';
import { startSync } from '../core/sync/sync-engine.ts';
import { createEmbeddedCentre } from './testing/embedded-centre.ts';
import type { Centre } from './centre.ts';
import { referenceFixture } from './testing/reference-fixture.ts';

/*
 * A real desk, audited for two days and countersigned by a real centre, and what somebody who holds its database, its
 * passphrase and its key may do to the audit afterwards. Rows 1-5 and 6-10 end in countersigned checkpoints, 11-12 in one
 * that only the desk signed, 13 in none.
 */

let folder: string;
let centre: Centre;
let fixture: DeskFixture;
let storeId: string;
let identity: DeskIdentity;
let keys: AuditKeys;
/** What the centre has of the desk. */
let centreFile: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ventanilla-audit-'));
  fixture = await createDeskFixture(folder);
  centre = await createEmbeddedCentre({ dataFolder: join(folder, 'centre'), now: () => fixture.clock.now() });
  await centre.publishReference(referenceFixture());
  await workTwoDays(fixture, '03');
  const desk = await fixture.open();
  identity = readIdentity(desk.store);
  keys = { desk: identity.publicKey, centre: centre.publicKey };
  storeId = desk.store.findUnsignedHead()?.storeId ?? '';
  await desk.store.close();
  centreFile = join(folder, 'centre.jsonl');
  writeFileSync(centreFile, (await centre.listCheckpointLines('O00009999', '03')).map((line) => `${line}\n`).join(''));
});
afterAll(async () => {
  await centre.close();
  rmSync(folder, { recursive: true });
});

async function workTwoDays(worked: DeskFixture, deskNumber: string): Promise<void> {
  const desk = await worked.open();
  const officeCode = 'O00009999';
  const enrolmentCode = await centre.issueEnrolmentCode(officeCode, deskNumber);
  const now = worked.clock.now();
  await enrolDesk({ store: desk.store, centreUrl: centre.url, enrolmentCode, officeCode, deskNumber, now });
  const audit = (count: number) => {
    for (let index = 0; index < count; index += 1) desk.store.appendAudit({ ...auditEntry, details: { count: index } });
  };
  const sync = synchronise(desk);
  audit(4);
  await sync.runNow();
  audit(5);
  await sync.runNow();
  audit(2);
  await sync.close();
  audit(1);
  await desk.store.close();
}

function synchronise(desk: Awaited<ReturnType<DeskFixture['open']>>) {
  return startSync({
    store: desk.store,
    blobs: desk.blobs,
    centreUrl: centre.url,
    clock: fixture.clock,
    log: { info: () => undefined, error: (_event, error) => expect.fail(String(error)) },
    onLineChanged: () => undefined,
    onOnline: () => undefined,
  });
}

/** A copy of the desk, opened with its key and with its triggers gone. */
async function tamper(
  work: (intruder: Connection) => void,
): Promise<Readonly<{ copy: string; verdict: AuditVerdict }>> {
  const copy = mkdtempSync(join(folder, 'copy-'));
  for (const name of ['key.json', 'desk.db']) copyFileSync(join(fixture.folder, name), join(copy, name));
  const masterKey = await unlockMasterKey(copy, fixture.secret);
  const intruder = openConnection({ path: join(copy, 'desk.db'), key: deriveKey(masterKey, 'database') });
  try {
    for (const trigger of [
      'audit_chained',
      'audit_unchanged',
      'audit_stays',
      'audit_checkpoints_of_head',
      'audit_checkpoints_unchanged',
      'audit_checkpoints_stay',
    ])
      intruder.execute(`DROP TRIGGER ${trigger}`);
    intruder.pragma('foreign_keys = OFF');
    work(intruder);
    return { copy, verdict: verifyStoredAudit(intruder, storeId, keys) };
  } finally {
    intruder.close();
  }
}

function run(intruder: Connection, text: string): void {
  intruder.run({ text, values: [] });
}

/** Gives every row from `sequence` on the hashes that make the chain whole again. */
function rechain(intruder: Connection, sequence: number): void {
  const rows = intruder.list(auditRowSchema, sql`${auditColumns} WHERE sequence >= ${sequence - 1} ORDER BY sequence`);
  let previousHash = rows[0]?.hash ?? '';
  for (const row of rows.slice(1)) {
    const { hash: _former, ...content } = row;
    const hash = auditHash({ ...content, previousHash });
    intruder.run(
      sql`UPDATE audit SET previous_hash = ${previousHash}, hash = ${hash} WHERE sequence = ${row.sequence}`,
    );
    previousHash = hash;
  }
}

/** Signs each checkpoint that is left again, with what the chain holds now. */
function resign(intruder: Connection, by: DeskIdentity): void {
  const rows = intruder.list(auditRowSchema, sql`${auditColumns} ORDER BY sequence`);
  for (const { sequence, hash } of rows) {
    const { deskKey, signature, signedAt } = signHead(by, { storeId, sequence, hash }, fixture.clock.now());
    intruder.run(sql`UPDATE audit_checkpoints SET hash = ${hash}, desk_key = ${deskKey}, signature = ${signature},
      signed_at = ${signedAt}, countersignature = NULL WHERE sequence = ${sequence}`);
  }
}

const strangersIdentity = (): DeskIdentity => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64');
  return { ...identity, privateKey, publicKey: raw };
};

const edit = "UPDATE audit SET officer_id = 'F-9' WHERE sequence = 4";

describe('the database', () => {
  test('untouched is intact', async () => {
    const { verdict } = await tamper(() => undefined);
    expect(verdict).toMatchObject({ result: 'intact', rows: 13, checkpoints: 3, countersigned: 2 });
    expect(verdict).toMatchObject({ lastSigned: { sequence: 12 }, lastCountersigned: { sequence: 10 } });
  });

  test.each<[string, number, string, (intruder: Connection) => void]>([
    ['an edited row', 4, 'content', (db) => run(db, edit)],
    [
      'an edited row with a hash of its own',
      5,
      'previousHash',
      (db) => {
        run(db, edit);
        const row = db.find(auditRowSchema, sql`${auditColumns} WHERE sequence = 4`);
        if (row === null) throw new Error('no row');
        const { hash: _former, ...content } = row;
        db.run(sql`UPDATE audit SET hash = ${auditHash(content)} WHERE sequence = 4`);
      },
    ],
    [
      'an edited row and all hashes after it',
      5,
      'checkpoint',
      (db) => {
        run(db, edit);
        rechain(db, 4);
      },
    ],
    [
      'a row edited after the last countersigned checkpoint, and all hashes',
      12,
      'checkpoint',
      (db) => {
        run(db, "UPDATE audit SET officer_id = 'F-9' WHERE sequence = 11");
        rechain(db, 11);
      },
    ],
    ['a removed row', 4, 'missing', (db) => run(db, 'DELETE FROM audit WHERE sequence = 4')],
    [
      'two rows in each other’s place',
      3,
      'previousHash',
      (db) => {
        run(db, 'UPDATE audit SET sequence = 99 WHERE sequence = 3');
        run(db, 'UPDATE audit SET sequence = 3 WHERE sequence = 4');
        run(db, 'UPDATE audit SET sequence = 4 WHERE sequence = 99');
      },
    ],
    [
      'an inserted row, those after it moved and chained anew',
      5,
      'checkpoint',
      (db) => {
        run(db, 'UPDATE audit SET sequence = sequence + 100 WHERE sequence >= 4');
        run(db, 'UPDATE audit SET sequence = sequence - 99 WHERE sequence > 100');
        run(
          db,
          'INSERT INTO audit SELECT 4, at, action, officer_id, subject_id, details, previous_hash, hash FROM audit WHERE sequence = 3',
        );
        rechain(db, 4);
      },
    ],
    ['a tail cut behind a checkpoint', 12, 'cutOff', (db) => run(db, 'DELETE FROM audit WHERE sequence >= 12')],
    ['everything cut', 1, 'cutOff', (db) => run(db, 'DELETE FROM audit')],
    [
      'a checkpoint moved to what the rewritten chain holds',
      5,
      'checkpointSignature',
      (db) => {
        run(db, edit);
        rechain(db, 4);
        run(
          db,
          'UPDATE audit_checkpoints SET hash = (SELECT hash FROM audit WHERE audit.sequence = audit_checkpoints.sequence)',
        );
      },
    ],
    [
      'checkpoints forged with a key of the forger',
      5,
      'checkpointKey',
      (db) => {
        run(db, edit);
        rechain(db, 4);
        resign(db, strangersIdentity());
      },
    ],
    [
      'a countersignature with another time',
      5,
      'countersignature',
      (db) =>
        run(
          db,
          "UPDATE audit_checkpoints SET countersignature = json_set(countersignature, '$.receivedAt', '2026-01-01T00:00:00+01:00') WHERE sequence = 5",
        ),
    ],
    [
      'a countersignature of another checkpoint',
      5,
      'countersignature',
      (db) =>
        run(
          db,
          'UPDATE audit_checkpoints SET countersignature = (SELECT countersignature FROM audit_checkpoints WHERE sequence = 10) WHERE sequence = 5',
        ),
    ],
    [
      'a rewrite with only the newest countersigned checkpoint left',
      5,
      'checkpoint',
      (db) => {
        run(db, edit);
        rechain(db, 4);
        run(db, 'DELETE FROM audit_checkpoints WHERE sequence = 5');
      },
    ],
  ])('%s is told', async (_title, sequence, reason, work) => {
    const { verdict } = await tamper(work);
    expect(verdict).toEqual({ result: 'broken', sequence, reason });
  });

  test('another desk’s checkpoint, however well signed and countersigned, is no checkpoint of this one', async () => {
    const other = await createDeskFixture(folder);
    other.clock.set(fixture.clock.now().toISOString());
    await workTwoDays(other, '04');
    const lines = await centre.listCheckpointLines('O00009999', '04');
    const stolen = join(folder, 'stolen.jsonl');
    writeFileSync(stolen, `${lines[0]}\n`);
    const [checkpoint] = readCheckpointFile(stolen);
    if (checkpoint === undefined) throw new Error('nothing was countersigned');
    const { verdict } = await tamper((db) => {
      run(db, 'DELETE FROM audit_checkpoints WHERE sequence = 5');
      const { sequence, hash, deskId, deskKey, signedAt, signature, countersignature } = checkpoint;
      db.run(sql`INSERT INTO audit_checkpoints VALUES (${sequence}, ${hash}, ${deskId}, ${deskKey}, ${signedAt}, ${signature},
        ${JSON.stringify(countersignature)})`);
    });
    expect(verdict).toEqual({ result: 'broken', sequence: 5, reason: 'checkpointSignature' });
    expect(verifyExportedAudit(await exportTo('own.jsonl'), keys, [checkpoint])).toMatchObject({
      verdict: { result: 'broken', sequence: 5, reason: 'checkpointOfOtherStore' },
    });
  });

  test.each<[string, number, string, (intruder: Connection) => void]>([
    [
      'rewritten and signed again with the desk’s own key',
      5,
      'checkpoint',
      (db) => {
        run(db, edit);
        rechain(db, 4);
        resign(db, identity);
      },
    ],
    [
      'cut together with its checkpoints',
      8,
      'cutOff',
      (db) => {
        run(db, 'DELETE FROM audit_checkpoints WHERE sequence >= 8');
        run(db, 'DELETE FROM audit WHERE sequence >= 8');
      },
    ],
  ])('%s passes alone, but neither against the centre’s list nor after the next connection', async (...row) => {
    const [, sequence, reason, work] = row;
    const { copy, verdict } = await tamper(work);
    expect(verdict).toMatchObject({ result: 'intact' });
    const desk = await openDesk({ folder: copy, secret: fixture.secret, clock: fixture.clock });
    // What the tampered desk says next, the centre countersigns with what it saw before.
    const connection = async () => {
      const masterKey = await unlockMasterKey(copy, fixture.secret);
      return openConnection({ path: join(copy, 'desk.db'), key: deriveKey(masterKey, 'database'), readonly: true });
    };
    const reader = await connection();
    try {
      const broken = { result: 'broken', sequence, reason };
      expect(verifyStoredAudit(reader, storeId, keys, readCheckpointFile(centreFile))).toEqual(broken);
      for (let count = 0; count < 20; count += 1) desk.store.appendAudit(auditEntry);
      const sync = synchronise(desk);
      await sync.runNow();
      await sync.close();
      expect(verifyStoredAudit(reader, storeId, keys).result).toBe('broken');
      const told = reader.list(auditRowSchema, sql`${auditColumns} WHERE action = 'audit.branched'`);
      expect(told[0]?.details).toMatchObject({ previousSequence: expect.any(Number) });
    } finally {
      reader.close();
      await desk.store.close();
    }
  });
});

async function exportTo(name: string): Promise<string> {
  const path = join(folder, name);
  const masterKey = await unlockMasterKey(fixture.folder, fixture.secret);
  const connection = openConnection({
    path: join(fixture.folder, 'desk.db'),
    key: deriveKey(masterKey, 'database'),
    readonly: true,
  });
  try {
    // An hour after the desk's last checkpoint.
    const now = new Date(fixture.clock.now().getTime() + 3_600_000);
    const lines = exportAudit(connection, {
      storeId,
      exportedAt: formatOfficialInstant(now),
      keys,
      signHead: (head) => signHead(identity, { storeId, ...head }, now),
    });
    writeFileSync(path, [...lines].join(''));
    return path;
  } finally {
    connection.close();
  }
}

/** `place`: from 1, as the verifier tells it. */
function replaceLine(text: string, place: number, from: string, to: string): string {
  const lines = text.split('\n');
  return lines.with(place - 1, (lines[place - 1] ?? '').replace(from, to)).join('\n');
}

function moveLine(text: string, from: number, to: number): string {
  const lines = text.split('\n');
  const [line = ''] = lines.splice(from - 1, 1);
  return lines.toSpliced(to - 1, 0, line).join('\n');
}

describe('an export', () => {
  let lines: readonly string[];
  beforeAll(async () => {
    lines = readFileSync(await exportTo('whole.jsonl'), 'utf8')
      .trimEnd()
      .split('\n');
  });

  function verify(changed: readonly string[], named: AuditKeys = keys) {
    const path = join(folder, 'changed.jsonl');
    writeFileSync(path, changed.map((line) => `${line}\n`).join(''));
    return verifyExportedAudit(path, named).verdict;
  }

  test('is whole, names its keys, and holds nothing but what the audit has', () => {
    expect(verify(lines)).toMatchObject({ result: 'intact', rows: 13, checkpoints: 4, countersigned: 2 });
    expect(verify(lines, noAuditKeys)).toEqual(verify(lines));
    expect(lines.length).toBe(1 + 3 + 13 + 1);
    expect(lines[0]).toContain(`"deskKey":"${identity.publicKey}"`);
  });

  // Header 0, checkpoints 1-3, rows 4-16, end 17.
  test.each<[string, number, string, (whole: readonly string[]) => readonly string[]]>([
    [
      'a changed row',
      4,
      'content',
      (all) => all.map((line, index) => (index === 7 ? line.replace('F-1', 'F-9') : line)),
    ],
    ['a missing row', 4, 'missing', (all) => all.filter((_line, index) => index !== 7)],
    ['rows in another order', 4, 'missing', (all) => all.toSpliced(7, 2, all[8] ?? '', all[7] ?? '')],
    ['a row twice', 5, 'missing', (all) => all.toSpliced(7, 0, all[7] ?? '')],
    ['no end', 14, 'cutOff', (all) => all.slice(0, -1)],
    ['a cut tail without end', 13, 'cutOff', (all) => all.slice(0, -2)],
    ['a cut tail before its end', 13, 'cutOff', (all) => all.toSpliced(-2, 1)],
    [
      'a cut tail with an end written for it',
      13,
      'cutOff',
      (all) => {
        const last = JSON.parse(all.at(-3) ?? '') as { hash: string };
        return [...all.slice(0, -2), canonicalJson({ end: { rows: 12, hash: last.hash, checkpoint: null } })];
      },
    ],
    [
      'nothing left, and an end written for that',
      1,
      'cutOff',
      (all) => {
        const hash = createHash('sha256').update(`ventanilla-audit:${storeId}`).digest('hex');
        return [all[0] ?? '', canonicalJson({ end: { rows: 0, hash, checkpoint: null } })];
      },
    ],
    [
      'a cut tail that ends in an older checkpoint',
      11,
      'cutOff',
      (all) => {
        const { checkpoint } = JSON.parse(all[2] ?? '') as { checkpoint: { hash: string } };
        return [
          ...all.slice(0, 3),
          ...all.slice(4, 14),
          canonicalJson({ end: { rows: 10, hash: checkpoint.hash, checkpoint } }),
        ];
      },
    ],
    [
      'another time of export',
      14,
      'cutOff',
      (all) => all.map((line) => line.replace(/"exportedAt":"\d{4}/u, '"exportedAt":"2025')),
    ],
    [
      'a changed checkpoint',
      5,
      'checkpointSignature',
      (all) => all.map((line, index) => (index === 1 ? line.replace(/"signedAt":"\d{4}/u, '"signedAt":"2025') : line)),
    ],
    [
      'another store in the header',
      1,
      'previousHash',
      (all) => all.map((line, index) => (index === 0 ? line.replace(/"storeId":"[^"]+"/u, '"storeId":"x"') : line)),
    ],
  ])('with %s is told', (_title, sequence, reason, change) => {
    expect(verify(change(lines))).toEqual({ result: 'broken', sequence, reason });
  });

  // What another program may read otherwise, nobody signed.
  test.each<[string, number, (whole: string) => string | Uint8Array]>([
    ['a name that parsers pass over', 8, (all) => replaceLine(all, 8, '"details":{', '"details":{"__proto__":"x",')],
    ['the officer twice', 8, (all) => replaceLine(all, 8, '"officerId":', '"officerId":"F-9","officerId":')],
    ['a sign written otherwise', 8, (all) => replaceLine(all, 8, '"F-1"', String.raw`"F\u002d1"`)],
    ['a number written otherwise', 8, (all) => replaceLine(all, 8, '"sequence":4', '"sequence":4.0')],
    ['a blank', 8, (all) => replaceLine(all, 8, '":', '": ')],
    ['an empty line', 2, (all) => all.replace('\n', '\n\n')],
    ['ends of line of another system', 1, (all) => all.replaceAll('\n', '\r\n')],
    ['a mark of byte order', 1, (all) => `\u{feff}${all}`],
    ['a last line without end', 18, (all) => all.trimEnd()],
    ['bytes that are no text', 1, (all) => Buffer.concat([Buffer.from([0xff]), Buffer.from(all)])],
    ['a checkpoint behind the rows', 17, (all) => moveLine(all, 2, 17)],
  ])('with %s is none', (_title, line, change) => {
    const path = join(folder, 'changed.jsonl');
    writeFileSync(path, change(lines.map((each) => `${each}\n`).join('')));
    expect(() => verifyExportedAudit(path, keys)).toThrow(expect.objectContaining({ name: 'AuditFileError', line }));
  });

  test('with signs behind a signature is told', () => {
    const [header = '', checkpoint = '', ...rest] = lines;
    const changed = checkpoint.replace(/"signature":"([^"]+)","signedAt"/u, '"signature":"$1AAAA","signedAt"');
    expect(changed).not.toBe(checkpoint);
    expect(verify([header, changed, ...rest])).toMatchObject({ result: 'broken', reason: 'checkpointSignature' });
  });

  test('made by a forger with keys of the forger only passes where nobody names the keys', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64');
    const genesis = createHash('sha256').update(`ventanilla-audit:${storeId}`).digest('hex');
    const content = {
      sequence: 1,
      at: '2026-11-20T10:00:00+01:00',
      action: 'x',
      officerId: null,
      subjectId: null,
      details: {},
    };
    const hash = auditHash({ ...content, previousHash: genesis });
    const head = { storeId, deskId: identity.deskId, sequence: 1, hash, signedAt: content.at };
    const signature = sign(null, Buffer.from(auditCheckpointSigningText(head)), privateKey).toString('base64');
    const forged = [
      { format: 'ventanilla-audit/2', storeId, exportedAt: content.at, deskKey: raw, centreKey: null },
      { ...content, previousHash: genesis, hash },
      { end: { rows: 1, hash, checkpoint: { ...head, deskKey: raw, signature, countersignature: null } } },
    ].map((line) => canonicalJson(line));
    expect(verify(forged, noAuditKeys)).toMatchObject({ result: 'intact', countersigned: 0 });
    expect(verify(forged)).toEqual({ result: 'broken', sequence: 1, reason: 'checkpointKey' });
  });
});
