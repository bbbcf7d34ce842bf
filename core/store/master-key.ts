import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { argon2id } from 'hash-wasm';
import { z } from 'zod';
import { canonicalJson } from '../contract/canonical-json.ts';
import { AppError } from '../contract/errors.ts';
import { writeFileDurably } from './durable-file.ts';
import { formatRecoveryKey, parseRecoveryKey, recoverySecretLength } from './recovery-key.ts';

export const keyFileName = 'key.json';
const temporaryName = `.${keyFileName}.new`;

/** An operating system's key store. `unwrap` gives back the bytes that `wrap` took, or rejects. */
export type KeyWrapper = Readonly<{
  name: string;
  wrap: (key: Uint8Array) => Promise<Uint8Array>;
  unwrap: (wrapped: Uint8Array) => Promise<Uint8Array>;
}>;

/** What opens a desk. Passphrase bytes are UTF-8 and are wiped by whoever takes them. */
export type DeskSecret =
  | Readonly<{ kind: 'passphrase'; passphrase: Uint8Array }>
  | Readonly<{ kind: 'keyWrapper'; keyWrapper: KeyWrapper }>
  | Readonly<{ kind: 'recoveryKey'; recoveryKey: string }>;

/** The wrapping that a desk is opened with day by day; the recovery key exists beside it. */
export type DailySecret = Exclude<DeskSecret, { kind: 'recoveryKey' }>;

export type MasterKey = Readonly<{ storeId: string; bytes: Uint8Array }>;

export type KeyPurpose = 'database' | 'blobs' | 'blob-names' | 'anchor' | 'backup';

/** Argon2id: above OWASP's floor (19 MiB) and RFC 9106's second choice (64 MiB, 3 passes), in KiB. */
const passphraseCost = { memoryKib: 64 * 1024, iterations: 3, parallelism: 1 };
const highestMemoryKib = 1024 * 1024;

const bytesText = z.base64().transform((text) => new Uint8Array(Buffer.from(text, 'base64')));
const sealedSchema = z.strictObject({ nonce: bytesText, content: bytesText, tag: bytesText });
const kdfSchema = z.strictObject({
  algorithm: z.literal('argon2id'),
  memoryKib: z.int().min(passphraseCost.memoryKib).max(highestMemoryKib),
  iterations: z.int().min(1).max(100),
  parallelism: z.int().min(1).max(16),
  salt: bytesText,
});
const dailySchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('passphrase'), kdf: kdfSchema, sealed: sealedSchema }),
  z.strictObject({ kind: z.literal('keyWrapper'), name: z.string(), content: bytesText }),
]);
const keyFileSchema = z.strictObject({
  version: z.literal(1),
  storeId: z.uuid(),
  daily: dailySchema,
  recovery: z.strictObject({ sealed: sealedSchema }),
});
const recoverableSchema = keyFileSchema.omit({ daily: true });
type KeyFile = z.infer<typeof keyFileSchema>;
type Sealed = z.infer<typeof sealedSchema>;

/**
 * A new 256-bit master key, wrapped by `secret` and by a recovery key: one that is given, of a desk that comes back, or a new
 * one that exists nowhere else: print it now. The file is written by `saveKeyFile`. Throws `desk.recoveryKeyIncorrect`.
 */
export async function createMasterKey(
  secret: DailySecret,
  known: string | null,
): Promise<Readonly<{ masterKey: MasterKey; keyFile: KeyFile; recoveryKey: string }>> {
  const masterKey = { storeId: randomUUID(), bytes: new Uint8Array(randomBytes(32)) };
  const recoverySecret = known === null ? new Uint8Array(randomBytes(recoverySecretLength)) : parseRecoveryKey(known);
  try {
    const keyFile: KeyFile = {
      version: 1,
      storeId: masterKey.storeId,
      daily: await wrapDaily(masterKey, secret),
      recovery: { sealed: seal(recoveryWrappingKey(recoverySecret, masterKey.storeId), masterKey, 'recovery') },
    };
    return { masterKey, keyFile, recoveryKey: formatRecoveryKey(recoverySecret) };
  } finally {
    recoverySecret.fill(0);
  }
}

/**
 * Rejects with `desk.passphraseIncorrect` or `desk.recoveryKeyIncorrect` when the secret is not this desk's,
 * `desk.storeDamaged` when key.json is missing or unreadable. A passphrase's bytes are wiped in any case.
 */
export async function unlockMasterKey(folder: string, secret: DeskSecret): Promise<MasterKey> {
  try {
    const keyFile = await readKeyFile(folder);
    return { storeId: keyFile.storeId, bytes: await unwrap(keyFile, secret) };
  } finally {
    if (secret.kind === 'passphrase') secret.passphrase.fill(0);
  }
}

/** Replaces the passphrase or key-store wrapping; the recovery key stays the same. The desk may be open meanwhile. */
export async function changeDeskSecret(folder: string, current: DeskSecret, next: DailySecret): Promise<void> {
  try {
    const masterKey = await unlockMasterKey(folder, current);
    try {
      await saveKeyFile(folder, keyFileName, {
        ...(await readKeyFile(folder)),
        daily: await wrapDaily(masterKey, next),
      });
    } finally {
      masterKey.bytes.fill(0);
    }
  } finally {
    if (next.kind === 'passphrase') next.passphrase.fill(0);
  }
}

/** What a backup keeps of key.json: the recovery key opens it and no passphrase, which could be guessed on a disk that was lost. */
export async function exportRecoverableKey(folder: string): Promise<string> {
  const { version, storeId, recovery } = await readKeyFile(folder);
  return canonicalJson(encodeBytes({ version, storeId, recovery }));
}

/** Throws `desk.recoveryKeyIncorrect`; `backup.damaged` when the text is not what `exportRecoverableKey` wrote. */
export function unlockRecoverableKey(text: string, recoveryKey: string): MasterKey {
  const { storeId, recovery } = readRecoverableKey(text);
  return { storeId, bytes: unwrapRecovery(recovery.sealed, storeId, recoveryKey) };
}

/** The whole key file again, with another daily secret: for `saveKeyFile`. */
export async function completeRecoverableKey(
  text: string,
  masterKey: MasterKey,
  secret: DailySecret,
): Promise<KeyFile> {
  return { ...readRecoverableKey(text), daily: await wrapDaily(masterKey, secret) };
}

export async function saveKeyFile(folder: string, name: string, keyFile: KeyFile): Promise<void> {
  const text = canonicalJson(encodeBytes(keyFile));
  await removeUnfinishedKeyFile(folder);
  await writeFileDurably(join(folder, name), join(folder, temporaryName), [Buffer.from(`${text}\n`)]);
}

/** What a crash left of `saveKeyFile`. */
export async function removeUnfinishedKeyFile(folder: string): Promise<void> {
  await rm(join(folder, temporaryName), { force: true });
}

/** An independent 256-bit key for one purpose (HKDF-SHA256 with the desk's id as salt). */
export function deriveKey(masterKey: MasterKey, purpose: KeyPurpose): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', masterKey.bytes, masterKey.storeId, `ventanilla/${purpose}/1`, 32));
}

function readRecoverableKey(text: string): z.infer<typeof recoverableSchema> {
  try {
    return recoverableSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new AppError('backup.damaged', {}, { cause: error });
  }
}

async function readKeyFile(folder: string): Promise<KeyFile> {
  try {
    return keyFileSchema.parse(JSON.parse(await readFile(join(folder, keyFileName), 'utf8')));
  } catch (error) {
    throw new AppError('desk.storeDamaged', {}, { cause: error });
  }
}

async function wrapDaily(masterKey: MasterKey, secret: DailySecret): Promise<KeyFile['daily']> {
  if (secret.kind === 'keyWrapper') {
    const content = new Uint8Array(await secret.keyWrapper.wrap(masterKey.bytes));
    return { kind: 'keyWrapper', name: secret.keyWrapper.name, content };
  }
  try {
    const kdf = { algorithm: 'argon2id' as const, ...passphraseCost, salt: new Uint8Array(randomBytes(16)) };
    return { kind: 'passphrase', kdf, sealed: seal(await stretch(secret.passphrase, kdf), masterKey, 'passphrase') };
  } finally {
    secret.passphrase.fill(0);
  }
}

async function unwrap(keyFile: KeyFile, secret: DeskSecret): Promise<Uint8Array> {
  const { daily, storeId } = keyFile;
  switch (secret.kind) {
    case 'recoveryKey':
      return unwrapRecovery(keyFile.recovery.sealed, storeId, secret.recoveryKey);
    case 'passphrase':
      if (daily.kind !== 'passphrase') throw new AppError('desk.passphraseIncorrect');
      return unseal(await stretch(secret.passphrase, daily.kdf), daily.sealed, storeId, 'passphrase');
    case 'keyWrapper': {
      if (daily.kind !== 'keyWrapper' || daily.name !== secret.keyWrapper.name)
        throw new AppError('desk.passphraseIncorrect');
      const bytes = await secret.keyWrapper.unwrap(daily.content).catch((error: unknown) => {
        throw new AppError('desk.passphraseIncorrect', {}, { cause: error });
      });
      if (bytes.length !== 32) throw new AppError('desk.passphraseIncorrect');
      return new Uint8Array(bytes);
    }
  }
}

function unwrapRecovery(sealed: Sealed, storeId: string, recoveryKey: string): Uint8Array {
  const recoverySecret = parseRecoveryKey(recoveryKey);
  try {
    return unseal(recoveryWrappingKey(recoverySecret, storeId), sealed, storeId, 'recovery');
  } catch (error) {
    throw new AppError('desk.recoveryKeyIncorrect', {}, { cause: error });
  } finally {
    recoverySecret.fill(0);
  }
}

async function stretch(passphrase: Uint8Array, kdf: z.infer<typeof kdfSchema>): Promise<Uint8Array> {
  if (passphrase.length === 0) throw new AppError('desk.passphraseIncorrect');
  return argon2id({
    password: passphrase,
    salt: kdf.salt,
    memorySize: kdf.memoryKib,
    iterations: kdf.iterations,
    parallelism: kdf.parallelism,
    hashLength: 32,
    outputType: 'binary',
  });
}

function recoveryWrappingKey(secret: Uint8Array, storeId: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, storeId, 'ventanilla/recovery/1', 32));
}

function seal(wrappingKey: Uint8Array, masterKey: MasterKey, kind: string): Sealed {
  const nonce = new Uint8Array(randomBytes(12));
  const cipher = createCipheriv('aes-256-gcm', wrappingKey, nonce).setAAD(wrappingContext(masterKey.storeId, kind));
  const content = new Uint8Array(Buffer.concat([cipher.update(masterKey.bytes), cipher.final()]));
  wrappingKey.fill(0);
  return { nonce, content, tag: new Uint8Array(cipher.getAuthTag()) };
}

function unseal(wrappingKey: Uint8Array, sealed: Sealed, storeId: string, kind: string): Uint8Array {
  try {
    const decipher = createDecipheriv('aes-256-gcm', wrappingKey, sealed.nonce, { authTagLength: 16 });
    decipher.setAAD(wrappingContext(storeId, kind)).setAuthTag(sealed.tag);
    return new Uint8Array(Buffer.concat([decipher.update(sealed.content), decipher.final()]));
  } catch (error) {
    throw new AppError('desk.passphraseIncorrect', {}, { cause: error });
  } finally {
    wrappingKey.fill(0);
  }
}

function wrappingContext(storeId: string, kind: string): Buffer {
  return Buffer.from(`ventanilla/master-key/1/${storeId}/${kind}`);
}

function encodeBytes(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, encodeBytes(member)]));
}
