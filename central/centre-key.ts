import { createPrivateKey, createPublicKey, generateKeyPairSync, hkdfSync, sign } from 'node:crypto';
import { join } from 'node:path';
import { createKeyFile, readIfThere } from './encryption/key-file.ts';

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
  const pem = (await readIfThere(path)) ?? (await createKeyFile(path, makeKey()));
  const privateKey = createPrivateKey(pem);
  const secret = privateKey.export({ format: 'der', type: 'pkcs8' });
  return {
    publicKey: createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64'),
    sign: (text) => sign(null, Buffer.from(text), privateKey).toString('base64'),
    deriveSecret: (purpose) => Buffer.from(hkdfSync('sha256', secret, '', `ventanilla centre ${purpose}`, 32)),
  };
}

function makeKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
}
