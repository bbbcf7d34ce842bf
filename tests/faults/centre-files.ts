import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { openFolderBlobStore } from '../../central/blobs/folder-blob-store.ts';
import type { BlobStore } from '../../central/blobs/blob-store.ts';
import { deriveDataKey } from '../../central/encryption/data-key.ts';

/* The files of a centre as desks send them: large ones in parts, small ones together. */

const partBytes = 100_000;
const officeCode = 'O00009999';

/** `key`: hexadecimal, of the centre's data. */
export function openCentreFiles(folder: string, key: string): Promise<BlobStore> {
  const dataKey = Buffer.from(key, 'hex');
  return openFolderBlobStore(join(folder, 'blobs'), { derive: (use) => deriveDataKey(dataKey, use) }, () => undefined);
}

/** The same content for the same name. */
export function contentOf(name: string): Buffer {
  const outputLength = name.startsWith('large') ? 250_000 : 3_000;
  return Buffer.from(createHash('shake256', { outputLength }).update(name).digest('hex'), 'hex');
}

export function uploadOf(name: string) {
  const content = contentOf(name);
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { officeCode, sha256, byteLength: content.length, content };
}

/** From where it stands, as a desk does. */
export async function sendInParts(store: BlobStore, name: string): Promise<void> {
  const { content, ...upload } = uploadOf(name);
  for (let parts = 0; parts < 20; parts += 1) {
    const offset = await store.getOffset(upload);
    const progress = await store.append(upload, offset, content.subarray(offset, offset + partBytes));
    if (progress.state === 'complete') return;
  }
  throw new Error(`${name} never came whole`);
}

export async function sendTogether(store: BlobStore, names: readonly string[]): Promise<void> {
  const stored = await store.putWhole(names.map(uploadOf));
  if (stored.size !== names.length) throw new Error('not all came whole');
}
