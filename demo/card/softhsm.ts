import { fork } from 'node:child_process';
import type { KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SoftTokenAnswer, SoftTokenOrder } from './soft-token-writer.ts';

/** A folder of SoftHSM2 tokens of our own. Hand `module` to `createCardClient`. */
export type SoftHsm = Readonly<{
  module: Readonly<{ path: string; environment: Readonly<{ SOFTHSM2_CONF: string }>; watch: 'poll' }>;
  /**
   * Makes a token that holds the key and its certificate under one identifier. False when the label exists: nothing is
   * changed. Before the card client starts: SoftHSM2 sees no token that another process made after it was loaded.
   */
  addToken(token: SoftToken): Promise<boolean>;
}>;

export type SoftToken = Readonly<{
  label: string;
  /** 4 to 255 characters. */
  pin: string;
  privateKey: KeyObject;
  /** DER. */
  certificate: Uint8Array;
  /** CKA_ID in hexadecimal; `01` by default. */
  certificateId?: string;
}>;

const modulePaths = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib64/softhsm/libsofthsm2.so',
  '/usr/lib64/pkcs11/libsofthsm2.so',
];

/** Null when SoftHSM2 is not installed. */
export function findSoftHsmModule(): string | null {
  return modulePaths.find((path) => existsSync(path)) ?? null;
}

/** Uses `folder`, which keeps its tokens between runs. Throws where SoftHSM2 is not installed. */
export async function openSoftHsm(folder: string): Promise<SoftHsm> {
  const path = findSoftHsmModule();
  if (path === null) throw new Error('SoftHSM2 is not installed (apt-get install softhsm2)');
  const tokens = join(folder, 'tokens');
  const configuration = join(folder, 'softhsm2.conf');
  await mkdir(tokens, { recursive: true });
  await chmod(folder, 0o700);
  await writeFile(
    configuration,
    `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = false\n`,
  );
  const environment = { SOFTHSM2_CONF: configuration };
  return {
    module: { path, environment, watch: 'poll' },
    addToken: (token) => write(path, environment, token),
  };
}

/**
 * A process of its own, because SoftHSM2 reads its configuration from the environment once; over its IPC, because the
 * command line of softhsm2-util shows the PIN to everybody and wants the key in a file.
 */
async function write(
  modulePath: string,
  environment: Readonly<Record<string, string>>,
  token: SoftToken,
): Promise<boolean> {
  const order: SoftTokenOrder = {
    modulePath,
    label: token.label,
    pin: token.pin,
    keyJwk: token.privateKey.export({ format: 'jwk' }),
    certificate: token.certificate,
    certificateId: token.certificateId ?? '01',
  };
  const writer = fork(join(import.meta.dirname, 'soft-token-writer.ts'), [], {
    serialization: 'advanced',
    execArgv: [],
    env: { ...process.env, ...environment },
  });
  const answer = await new Promise<SoftTokenAnswer>((resolve, reject) => {
    writer.once('message', (message) => resolve(message as SoftTokenAnswer));
    writer.once('error', reject);
    writer.once('exit', (code) => reject(new Error(`the token writer ended with ${String(code)}`)));
    writer.send(order);
  });
  if (writer.exitCode === null) await new Promise((resolve) => writer.once('exit', resolve));
  if ('failure' in answer) throw new Error(`SoftHSM2: ${answer.failure}`);
  return answer.isNew;
}
