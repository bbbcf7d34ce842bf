import { createPrivateKey, createPublicKey, generateKeyPairSync, hkdfSync, randomUUID, sign } from 'node:crypto';
import { link, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isFileError, syncFolder } from './blobs/durable-folder.ts';

/** What the centre signs with. Its acknowledgements and grants are worth what this key is worth. */
export type CentreKey = Readonly<{
  /** Base64 of the raw 32 bytes of the Ed25519 public key. */
  publicKey: string;
  /** Base64 Ed25519 signature of the text. */
  sign(text: string): string;
  /** 32 bytes for another use, the same in every instance that has this key. */
  deriveSecret(purpose: string): Buffer;
}>;

const keyFileName = 'centre-key.pem';

/** Reads the key, or makes it at the first start (0600). Instances that start together agree on one. */
export async function openCentreKey(dataFolder: string): Promise<CentreKey> {
  const path = join(dataFolder, keyFileName);
  const pem = (await readIfThere(path)) ?? (await createKeyFile(dataFolder, path));
  const privateKey = createPrivateKey(pem);
  const secret = privateKey.export({ format: 'der', type: 'pkcs8' });
  return {
    publicKey: createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64'),
    sign: (text) => sign(null, Buffer.from(text), privateKey).toString('base64'),
    deriveSecret: (purpose) => Buffer.from(hkdfSync('sha256', secret, '', `ventanilla centre ${purpose}`, 32)),
  };
}

async function createKeyFile(dataFolder: string, path: string): Promise<string> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const temporary = `${path}.${randomUUID()}`;
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    // Unlike rename, link leaves the key of an instance that was quicker.
    await link(temporary, path);
    await syncFolder(dataFolder);
  } catch (error) {
    if (!isFileError(error, 'EEXIST')) throw error;
  } finally {
    await rm(temporary, { force: true });
  }
  return readFile(path, 'utf8');
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isFileError(error, 'ENOENT')) return null;
    throw error;
  }
}
