import { AppError } from '../contract/errors.ts';
import { maximumFileBytes } from '../contract/methods.ts';
import type { MethodInput, MethodOutput } from '../contract/methods.ts';
import type { StagedFile } from '../contract/schemas/verification.ts';
import { sha256Hex } from './content-digest.ts';
import type { DocumentChecks } from './document-checks.ts';
import type { KeptAnswer, VerifiedFile } from './verification-report.ts';

/**
 * Files that the officer chose and that are not part of anything yet. They live in memory only: of what is not admitted nothing
 * reaches the disk (ordinance art. 70.2).
 */
export type Staging = Readonly<{
  take(part: MethodInput<'files.stage'>): Promise<MethodOutput<'files.stage'>>;
  /** Throws `file.notStaged`: it was brought, discarded, or pushed out by newer ones. */
  get(digest: string): Readonly<{ file: StagedFile; content: Uint8Array }>;
  /** Verified once for as long as it is staged under the same line; the answers of before are known. */
  verify(digest: string, signatureDigest: string | null): Promise<VerifiedFile>;
  discard(digest: string): void;
  clear(): void;
}>;

const mostBytes = 4 * maximumFileBytes;
const mostFiles = 32;

type Upload = Readonly<{ uploadId: string; name: string; content: Uint8Array; received: number }>;
type Entry = Readonly<{ file: StagedFile; content: Uint8Array }>;

/** Without folders, and without signs that are not seen or turn the line around: it will be read to people. */
function cleanName(name: string): string {
  const last = name.split(/[\\/]/u).at(-1) ?? '';
  const seen = last.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '').trim();
  return seen === '' ? 'archivo' : seen;
}

export function createStaging(checks: DocumentChecks): Staging {
  // One officer chooses one file after the other: a new upload ends the one before.
  let upload: Upload | null = null;
  const entries = new Map<string, Entry>();
  const answers = new Map<string, readonly KeptAnswer[]>();

  function receive({ uploadId, name, byteLength, offset, bytes }: MethodInput<'files.stage'>): Upload {
    if (byteLength === 0) throw new AppError('file.empty');
    if (byteLength > maximumFileBytes)
      throw new AppError('file.tooLarge', { megabytes: Math.floor(maximumFileBytes / 1024 / 1024) });
    if (offset === 0) upload = { uploadId, name, content: new Uint8Array(byteLength), received: 0 };
    const isNext =
      upload !== null &&
      upload.uploadId === uploadId &&
      upload.content.length === byteLength &&
      upload.received === offset &&
      bytes.length > 0 &&
      offset + bytes.length <= byteLength;
    if (upload === null || !isNext) {
      upload = null;
      throw new AppError('file.torn');
    }
    upload.content.set(bytes, offset);
    upload = { ...upload, received: offset + bytes.length };
    return upload;
  }

  function add(entry: Entry): void {
    entries.delete(entry.file.digest);
    entries.set(entry.file.digest, entry);
    let total = [...entries.values()].reduce((sum, { content }) => sum + content.length, 0);
    for (const [digest, { content }] of entries) {
      if (total <= mostBytes && entries.size <= mostFiles) break;
      discard(digest);
      total -= content.length;
    }
  }

  function get(digest: string): Entry {
    const entry = entries.get(digest);
    if (entry === undefined) throw new AppError('file.notStaged');
    return entry;
  }

  function discard(digest: string): void {
    entries.delete(digest);
    for (const key of answers.keys()) if (key.includes(digest)) answers.delete(key);
  }

  return {
    async take(part) {
      const { received, content, name } = receive(part);
      if (received < content.length) return { received, file: null };
      upload = null;
      const { mediaType, isEncrypted, hasScripts, refusal } = await checks.examine(content, name);
      const file: StagedFile = {
        digest: sha256Hex(content),
        name: cleanName(name),
        byteLength: content.length,
        mediaType,
        isEncrypted,
        hasScripts,
        refusal,
      };
      add({ file, content });
      return { received, file };
    },
    get,
    async verify(digest, signatureDigest) {
      const { content } = get(digest);
      const signature = signatureDigest === null ? null : get(signatureDigest).content;
      const key = `${digest}:${signatureDigest ?? ''}`;
      const verified = await checks.verify(content, signature, answers.get(key) ?? []);
      if (entries.has(digest)) answers.set(key, verified.answers);
      return verified;
    },
    discard,
    clear() {
      upload = null;
      entries.clear();
      answers.clear();
    },
  };
}
