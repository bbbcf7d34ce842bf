import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../../contract/canonical-json.ts';
import { AppError } from '../../contract/errors.ts';
import { digestSchema, idSchema, instantSchema } from '../../contract/schemas/common.ts';

/*
 * On the disk that is given:
 *   ventanilla-<store>/blobs/aa/…    the desk's files as they are there, encrypted, once for all copies
 *   ventanilla-<store>/copies/<moment>/
 *     desk.db      the database at one moment, encrypted
 *     key.json     the master key, for the recovery key only
 *     anchor.json  how far each series had come
 *     files.txt    one line for each file: name, length, SHA-256 of its encrypted bytes
 *     copy.json    the manifest, written last: a copy without it is not one
 */
export const copyNames = {
  database: 'desk.db',
  key: 'key.json',
  anchor: 'anchor.json',
  files: 'files.txt',
  manifest: 'copy.json',
} as const;

const partSchema = z.strictObject({ byteLength: z.int().nonnegative(), sha256: digestSchema });

const contentSchema = z.strictObject({
  version: z.literal(1),
  storeId: idSchema,
  createdAt: instantSchema,
  database: partSchema,
  key: partSchema,
  anchor: partSchema.nullable(),
  files: partSchema.extend({ count: z.int().nonnegative() }),
});
const manifestSchema = contentSchema.extend({ mac: digestSchema });

export type ManifestContent = Readonly<z.infer<typeof contentSchema>>;
export type ManifestPart = Readonly<z.infer<typeof partSchema>>;

/** A file of the blob store as a copy has it; `name` is what the blob store calls it. */
export type CopiedFile = Readonly<{ name: string; byteLength: number; sha256: string }>;

/** `key`: of the purpose `backup`. HMAC-SHA256 over the canonical JSON of everything else. */
export function writeManifest(content: ManifestContent, key: Uint8Array): string {
  return `${canonicalJson({ ...content, mac: macOf(content, key).toString('hex') })}\n`;
}

/** Not yet proved: `checkManifest` needs the desk's key. Null for a text that is no manifest. */
export function readManifest(text: string): Readonly<{ content: ManifestContent; mac: string }> | null {
  try {
    const { mac, ...content } = manifestSchema.parse(JSON.parse(text));
    return { content, mac };
  } catch {
    return null;
  }
}

/** Throws `backup.damaged`. */
export function checkManifest(content: ManifestContent, mac: string, key: Uint8Array): void {
  if (!timingSafeEqual(macOf(content, key), Buffer.from(mac, 'hex'))) throw new AppError('backup.damaged');
}

export function writeFileList(files: Iterable<CopiedFile>): string {
  return [...files].map(({ name, byteLength, sha256 }) => `${name} ${byteLength} ${sha256}\n`).join('');
}

/** By name. Throws `backup.damaged`. */
export function readFileList(text: string): ReadonlyMap<string, CopiedFile> {
  const files = new Map<string, CopiedFile>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const [, name, length, sha256] = /^([0-9a-f]{64}) (\d{1,15}) ([0-9a-f]{64})$/u.exec(line) ?? [];
    if (name === undefined || sha256 === undefined) throw new AppError('backup.damaged');
    files.set(name, { name, byteLength: Number(length), sha256 });
  }
  return files;
}

function macOf(content: ManifestContent, key: Uint8Array): Buffer {
  return createHmac('sha256', key).update(canonicalJson(content)).digest();
}
