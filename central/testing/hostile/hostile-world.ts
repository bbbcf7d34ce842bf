import type { Centre } from '../../centre.ts';
import type { RegisteredRecord } from '../../../core/contract/schemas/record.ts';
import { addSecretRecord, eni, pdf, secrets, unfinished } from '../secret-record.ts';
import { enrolTestDesk } from '../test-desk.ts';
import type { TestDesk } from '../test-desk.ts';
import { createTestJournal } from '../test-journal.ts';
import type { TestJournal } from '../test-journal.ts';
import { writeRequest } from './raw-request.ts';

/** An office with something to hide, and a desk of another office that attacks it. */
export type HostileWorld = Readonly<{
  port: number;
  victim: TestDesk;
  victimJournal: TestJournal;
  victimRecord: RegisteredRecord;
  /** Words that no answer and no log may hold. */
  secrets: readonly string[];
  attacker: TestDesk;
  attackerJournal: TestJournal;
  /** Of a back-office system of an office that has nothing. */
  emptyOfficeToken: string;
  /** Requests of the victim as they went over the line, each of them answered already. */
  captured: readonly Buffer[];
}>;

const paths = (desk: TestDesk) => [
  `/api/v1/series/${desk.incoming.seriesId}/cursor`,
  `/api/v1/blobs/${pdf.sha256}/state`,
  `/api/v1/series/${desk.incoming.seriesId}/entries?after=0`,
  `/api/v1/blobs/${pdf.sha256}?offset=0`,
  '/api/v1/series',
  '/api/v1/reference?version=0',
];

export async function prepareHostileWorld(
  centre: Pick<Centre, 'url' | 'issueEnrolmentCode' | 'issueFeedToken'>,
  send: (bytes: Buffer) => Promise<readonly number[]>,
): Promise<HostileWorld> {
  const now = new Date();
  const victim = await enrolTestDesk(centre, 'O00009999', '01', now);
  const attacker = await enrolTestDesk(centre, 'O00008888', '01', now);
  const victimJournal = createTestJournal(victim.incoming, now);
  const victimRecord = addSecretRecord(victimJournal);
  const entriesPath = `/api/v1/series/${victim.incoming.seriesId}/entries`;
  const body = Buffer.from(JSON.stringify({ entries: victimJournal.entries }));
  const captured: Buffer[] = [];
  const json: readonly (readonly [string, string])[] = [['content-type', 'application/json']];
  const bytes: readonly (readonly [string, string])[] = [['content-type', 'application/octet-stream']];
  const requests: readonly (readonly [string, string, readonly (readonly [string, string])[], Uint8Array])[] = [
    ['POST', entriesPath, json, body],
    ['PUT', `/api/v1/blobs/${pdf.sha256}?offset=0`, bytes, pdf.content],
    ['PUT', `/api/v1/blobs/${eni.sha256}?offset=0`, bytes, eni.content],
    ['PUT', `/api/v1/blobs/${unfinished.sha256}?offset=0`, bytes, unfinished.content.subarray(0, 100_000)],
    ...paths(victim).map((path) => ['GET', path, [], new Uint8Array(0)] as const),
  ];
  for (const [method, path, headers, content] of requests) {
    const signed = Object.entries(victim.signRequest(method, path, content));
    const length: readonly (readonly [string, string])[] =
      method === 'GET' ? [] : [['content-length', String(content.length)]];
    const request = writeRequest(method, path, [...signed, ...headers, ...length], content);
    captured.push(request);
    const [status] = await send(request);
    if (status !== 200 && status !== 204) throw new Error(`${method} ${path}: ${String(status)}`);
  }
  return {
    port: Number(new URL(centre.url).port),
    victim,
    victimJournal,
    victimRecord,
    secrets: [...Object.values(secrets), victimRecord.recordNumber, victim.incoming.seriesId, victim.deskId],
    attacker,
    attackerJournal: createTestJournal(attacker.incoming, now),
    emptyOfficeToken: await centre.issueFeedToken('O00005555', 'curioso'),
    captured,
  };
}
