import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** The key of whoever locks the scan profiles of the demonstration's office; made once. */
export async function ensureProfileAdministrator(folder: string): Promise<KeyObject> {
  const file = path.join(folder, 'profile-administrator.key');
  try {
    return createPrivateKey(await readFile(file));
  } catch {
    const { privateKey } = generateKeyPairSync('ed25519');
    await writeFile(file, privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
    return privateKey;
  }
}
