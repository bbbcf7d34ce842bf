import { createSecretKey, hkdfSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Database } from '../database/database.ts';
import { sql } from '../database/sql.ts';
import { createKeyFile, readIfThere } from './key-file.ts';

const keyFileName = 'data-key';
const keyLength = 32;

/** For the administrator, with what to do next. */
const sentences = {
  unreadable:
    'No se puede abrir el archivo que se indicó con --data-key-file. Compruebe que existe y que puede leerlo.',
  malformed: 'La clave de los datos no se puede leer: han de ser 64 cifras hexadecimales (256 bits) y nada más.',
  missing: `Falta la clave de los datos con la que se cifró este registro. Devuelva el archivo «${keyFileName}» a la carpeta de datos desde su copia, o indique dónde está con --data-key-file.`,
  wrong:
    'La clave de los datos no es la de este registro: con ella no se puede leer lo guardado. Indique la clave con la que se empezó, o la carpeta y la base de datos que le corresponden.',
} as const;

/** The centre does not start: it could not read what it holds, and would write what nobody can read together. */
export class DataKeyError extends Error {
  readonly reason: keyof typeof sentences;

  constructor(reason: keyof typeof sentences) {
    super(sentences[reason]);
    this.name = 'DataKeyError';
    this.reason = reason;
  }
}

/** A key for one use, derived from the data key. */
export type DataKey = Readonly<{ derive(use: DataKeyUse): KeyObject }>;
export type DataKeyUse = 'bodies' | 'columns' | 'code look-up' | 'files' | 'uploads' | 'check';

/**
 * The 256-bit key behind everything personal on the centre's disks: the one that is brought, or the one in the data folder,
 * made at the first start (0600). The database remembers a value derived from it. Throws `DataKeyError`.
 */
export async function openDataKey(
  database: Database,
  dataFolder: string,
  brought: Uint8Array | null,
): Promise<DataKey> {
  // Looked at before the file: who writes the check has written the file already.
  const isKnown = (await findCheck(database)) !== null;
  const bytes = brought ?? parseDataKey(await readOrCreate(join(dataFolder, keyFileName), isKnown));
  if (bytes.length !== keyLength) throw new DataKeyError('malformed');
  const derive = (use: DataKeyUse) => deriveDataKey(bytes, use);
  const check = derive('check').export().toString('hex');
  await database.run(sql`INSERT INTO data_key_check (derived) VALUES (${check}) ON CONFLICT DO NOTHING`);
  if ((await findCheck(database)) !== check) throw new DataKeyError('wrong');
  return { derive };
}

/** From a file that the administrator names. Throws `DataKeyError`. */
export async function readDataKey(path: string): Promise<Uint8Array> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    throw new DataKeyError('unreadable');
  }
  return parseDataKey(text);
}

/** 64 hexadecimal digits. */
function parseDataKey(text: string): Uint8Array {
  const digits = text.trim();
  if (!/^[0-9a-f]{64}$/iu.test(digits)) throw new DataKeyError('malformed');
  return Buffer.from(digits, 'hex');
}

export function deriveDataKey(dataKey: Uint8Array, use: DataKeyUse): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', dataKey, '', `ventanilla centre data ${use}`, keyLength)));
}

async function readOrCreate(path: string, isKnown: boolean): Promise<string> {
  const text = await readIfThere(path);
  if (text !== null) return text;
  // A new key in the place of a lost one would only hide the loss.
  if (isKnown) throw new DataKeyError('missing');
  return createKeyFile(path, `${randomBytes(keyLength).toString('hex')}\n`);
}

async function findCheck(database: Database): Promise<string | null> {
  const row = await database.find(z.object({ derived: z.string() }), sql`SELECT derived FROM data_key_check`);
  return row?.derived ?? null;
}
