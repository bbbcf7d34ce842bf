import { closeSync, openSync, readSync } from 'node:fs';
import { TextDecoder } from 'node:util';
import { z } from 'zod';
import { canonicalJson } from '../contract/canonical-json.ts';
import type { AuditRow, StoredCheckpoint } from '../services/ports/store.ts';
import { auditGenesis, auditRowSchema } from './audit-chain.ts';
import { listCheckpoints, storedCheckpointSchema } from './audit-checkpoints.ts';
import { readAudit, verifyAudit } from './audit-verify.ts';
import type { AuditKeys, AuditVerdict } from './audit-verify.ts';
import type { Connection } from './database.ts';

/*
 * An audit for a court: one text file, UTF-8, a canonical JSON value (RFC 8785) a line. docs/audit-export.md describes it
 * for whoever checks it without this program.
 */
const keySchema = z.string().nullable();
const headerSchema = z.strictObject({
  format: z.literal('ventanilla-audit/2'),
  storeId: z.string(),
  exportedAt: z.string(),
  deskKey: keySchema,
  centreKey: keySchema,
});
const checkpointLineSchema = z.strictObject({ checkpoint: storedCheckpointSchema });
const rowSchema = auditRowSchema.extend({
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});
const endSchema = z.strictObject({
  end: z.strictObject({ rows: z.int().nonnegative(), hash: z.string(), checkpoint: storedCheckpointSchema.nullable() }),
});

/** A file is no export, or no list of checkpoints, from this line on. */
export class AuditFileError extends Error {
  readonly line: number;

  constructor(line: number, cause?: unknown) {
    super(`line ${line} has no place in an exported audit`, { cause });
    this.name = 'AuditFileError';
    this.line = line;
  }
}

export type AuditExportOptions = Readonly<{
  storeId: string;
  exportedAt: string;
  keys: AuditKeys;
  /** Signs the last row; null: a desk without a key of its own. Without it the end of an export is anybody's word. */
  signHead: ((head: Readonly<{ sequence: number; hash: string }>) => Omit<StoredCheckpoint, 'countersignature'>) | null;
}>;

/** Header, checkpoints, rows, end, each a line with its newline. */
export function* exportAudit(connection: Connection, options: AuditExportOptions): Generator<string> {
  const { storeId, exportedAt, keys, signHead } = options;
  const header = { format: 'ventanilla-audit/2', storeId, exportedAt, deskKey: keys.desk, centreKey: keys.centre };
  yield `${canonicalJson(header)}\n`;
  // Before the rows: what is appended meanwhile is not missed by them.
  for (const checkpoint of listCheckpoints(connection, storeId)) yield `${canonicalJson({ checkpoint })}\n`;
  let head = { sequence: 0, hash: auditGenesis(storeId) };
  for (const row of readAudit(connection)) {
    yield `${canonicalJson(row)}\n`;
    head = row;
  }
  const { sequence, hash } = head;
  const checkpoint =
    signHead === null || sequence === 0 ? null : { ...signHead({ sequence, hash }), countersignature: null };
  yield `${canonicalJson({ end: { rows: sequence, hash, checkpoint } })}\n`;
}

/**
 * Verifies an export, read as a stream, twice: the end and the checkpoints first. `keys` of the caller take the place of
 * those that the file names; `others`: further checkpoints, such as the centre's own copy. Throws AuditFileError.
 */
export function verifyExportedAudit(
  path: string,
  named: AuditKeys,
  others: readonly StoredCheckpoint[] = [],
): Readonly<{ verdict: AuditVerdict; keys: AuditKeys }> {
  const { header, checkpoints, end } = readFrame(path);
  const keys = { desk: named.desk ?? header.deskKey, centre: named.centre ?? header.centreKey };
  const signedEnd = end?.checkpoint ?? null;
  const verdict = verifyAudit({
    storeId: header.storeId,
    keys,
    checkpoints: [...others, ...checkpoints, ...(signedEnd === null ? [] : [signedEnd])],
    rows: readRows(path),
  });
  if (verdict.result === 'broken') return { verdict, keys };
  const { rows, headHash } = verdict;
  // Somebody who cuts an export can write an end, but not sign one.
  // What an older checkpoint ends was exported when that was signed, and says so.
  const isSigned =
    keys.desk === null ||
    (signedEnd?.sequence === rows && signedEnd.hash === headHash && signedEnd.signedAt === header.exportedAt);
  if (end === null || end.rows > rows || !isSigned)
    return { verdict: { result: 'broken', sequence: rows + 1, reason: 'cutOff' }, keys };
  if (end.rows < rows || end.hash !== headHash)
    return { verdict: { result: 'broken', sequence: end.rows + 1, reason: 'content' }, keys };
  return { verdict, keys };
}

/** Checkpoints of a file of their own, one `{"checkpoint":…}` a line, as the centre writes them. */
export function readCheckpointFile(path: string): readonly StoredCheckpoint[] {
  const checkpoints: StoredCheckpoint[] = [];
  for (const { number, text } of readLines(path)) {
    checkpoints.push(parseLine(checkpointLineSchema, number, text).checkpoint);
  }
  return checkpoints;
}

type Frame = Readonly<{
  header: z.infer<typeof headerSchema>;
  checkpoints: readonly StoredCheckpoint[];
  end: z.infer<typeof endSchema>['end'] | null;
}>;

function readFrame(path: string): Frame {
  let header: Frame['header'] | null = null;
  let end: Frame['end'] = null;
  const checkpoints: StoredCheckpoint[] = [];
  let hasRows = false;
  for (const { number, text } of readLines(path)) {
    if (header === null) header = parseLine(headerSchema, number, text);
    else if (end !== null || text === '' || (hasRows && isCheckpoint(text))) throw new AuditFileError(number);
    else if (isCheckpoint(text)) checkpoints.push(parseLine(checkpointLineSchema, number, text).checkpoint);
    else if (isEnd(text)) end = parseLine(endSchema, number, text).end;
    else hasRows = true;
  }
  if (header === null) throw new AuditFileError(1);
  return { header, checkpoints, end };
}

function* readRows(path: string): Generator<AuditRow> {
  for (const { number, text } of readLines(path)) {
    if (number > 1 && !isCheckpoint(text) && !isEnd(text)) yield parseLine(rowSchema, number, text);
  }
}

// Canonical JSON sorts its keys, so that each kind of line is known by its beginning.
function isCheckpoint(text: string): boolean {
  return text.startsWith('{"checkpoint":');
}

function isEnd(text: string): boolean {
  return text.startsWith('{"end":');
}

/** In canonical form and no other: of a name that stands twice, another program may read the one that nobody signed. */
function parseLine<Value>(schema: z.ZodType<Value>, number: number, text: string): Value {
  let value: Value;
  try {
    value = schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new AuditFileError(number, cause);
  }
  if (canonicalJson(value) !== text) throw new AuditFileError(number);
  return value;
}

/** Years of a desk do not fit into memory at once. */
function* readLines(path: string): Generator<Readonly<{ number: number; text: string }>> {
  const file = openSync(path, 'r');
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    const buffer = Buffer.alloc(1024 * 1024);
    let rest = '';
    let number = 0;
    for (;;) {
      const length = readSync(file, buffer);
      const lines = (rest + decode(decoder, buffer.subarray(0, length), number + 1)).split('\n');
      rest = lines.pop() ?? '';
      for (const text of lines) {
        number += 1;
        yield { number, text };
      }
      if (length > 0) continue;
      // Every line ends: what does not was cut.
      if (rest !== '') throw new AuditFileError(number + 1);
      return;
    }
  } finally {
    closeSync(file);
  }
}

/** No bytes: the end. */
function decode(decoder: TextDecoder, bytes: Uint8Array, number: number): string {
  try {
    return decoder.decode(bytes, { stream: bytes.length > 0 });
  } catch (cause) {
    throw new AuditFileError(number, cause);
  }
}
