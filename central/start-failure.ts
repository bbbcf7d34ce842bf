import { CommandFailure, describeFileFailure, readSystemError } from '../core/contract/command-failure.ts';
import { DataKeyError } from './encryption/data-key.ts';

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

/** Why the centre does not start, in one or two sentences; null for what nobody foresaw. */
export function describeStartFailure(error: unknown): string | null {
  if (error instanceof CommandFailure || error instanceof DataKeyError) return error.message;
  const known = sentences[readSystemError(error).code];
  // A PostgreSQL that listens at a file, which is no file of ours.
  if (error instanceof Error && 'syscall' in error && error.syscall === 'connect') return known ?? unreachable;
  return known ?? describeFileFailure(error);
}
