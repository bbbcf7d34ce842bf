import { DataKeyError } from './encryption/data-key.ts';

/** Why the centre does not start, in the administrator's words. */
export class StartFailure extends Error {
  constructor(sentence: string, options: { cause?: unknown } = {}) {
    super(sentence, options);
    this.name = 'StartFailure';
  }
}

const again = 'y vuelva a empezar.';
const unreachable = `No se llega a la base de datos. Compruebe que PostgreSQL está en marcha y la dirección de --database-url, ${again}`;
const refused = `La base de datos no admite a este usuario. Compruebe el usuario y la contraseña de --database-url, ${again}`;

/** By the codes of the operating system and of PostgreSQL. */
const sentences: Readonly<Record<string, string>> = {
  EADDRINUSE: `El puerto ya lo usa otro programa. Deténgalo o elija otro con --port, ${again}`,
  ECONNREFUSED: unreachable,
  ENOTFOUND: unreachable,
  ERR_INVALID_URL: unreachable,
  EAI_AGAIN: unreachable,
  ETIMEDOUT: unreachable,
  '28000': refused,
  '28P01': refused,
  '3D000': `La base de datos que se indica no existe. Créela con createdb o corrija --database-url, ${again}`,
  '42501': `El usuario de la base de datos no puede crear tablas en ella. Déle permiso ${again}`,
  '57P03': `PostgreSQL todavía se está poniendo en marcha. Espere un momento ${again}`,
};

const fileSentences: Readonly<Record<string, string>> = {
  ENOENT: `no existe. Compruebe la ruta ${again}`,
  ENOTDIR: `no existe. Compruebe la ruta ${again}`,
  EISDIR: `es una carpeta. Indique un archivo ${again}`,
  EACCES: `no se puede leer o escribir con este usuario. Compruebe los permisos ${again}`,
  EPERM: `no se puede leer o escribir con este usuario. Compruebe los permisos ${again}`,
  EROFS: `está en un disco de solo lectura. Elija otra ${again}`,
  ENOSPC: `no cabe en su disco. Libere espacio ${again}`,
};

/** One or two sentences; null for what nobody foresaw. */
export function describeStartFailure(error: unknown): string | null {
  if (error instanceof StartFailure || error instanceof DataKeyError) return error.message;
  const { code, path, isSocket } = readSystemError(error);
  const fileSentence = fileSentences[code];
  if (fileSentence !== undefined && path !== '' && !isSocket) return `«${path}» ${fileSentence}`;
  return sentences[code] ?? (isSocket ? unreachable : null);
}

function readSystemError(error: unknown): Readonly<{ code: string; path: string; isSocket: boolean }> {
  if (!(error instanceof Error)) return { code: '', path: '', isSocket: false };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const path = 'path' in error && typeof error.path === 'string' ? error.path : '';
  const address = 'address' in error && typeof error.address === 'string' ? error.address : '';
  // A PostgreSQL that listens at a file: its socket.
  return { code, path: path === '' ? address : path, isSocket: 'syscall' in error && error.syscall === 'connect' };
}
