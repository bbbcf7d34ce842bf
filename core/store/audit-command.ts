import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { AppError } from '../contract/errors.ts';
import { verifyExportedAudit, verifyStoredAudit } from './audit-verify.ts';
import type { AuditVerdict } from './audit-verify.ts';
import { openConnection } from './database.ts';
import { deriveKey, unlockMasterKey } from './master-key.ts';
import type { DeskSecret } from './master-key.ts';

/*
 * `audit verify --export FILE` or `audit verify --db FOLDER/desk.db`: needs neither the program nor the centre. The
 * passphrase, or the recovery key with `--recovery`, is read from standard input: a command line is readable by others.
 * Ends with 0 when the chain is whole, 1 when it is broken, 2 when it cannot be read.
 */
const usage =
  'Uso: audit verify (--export FICHERO | --db CARPETA/desk.db [--recovery]); la contraseña, por la entrada estándar\n';

process.exitCode = await main();

async function main(): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { export: { type: 'string' }, db: { type: 'string' }, recovery: { type: 'boolean', default: false } },
    });
    const { export: exported, db } = values;
    if (positionals.join(' ') !== 'verify' || (exported === undefined) === (db === undefined)) {
      process.stderr.write(usage);
      return 2;
    }
    const verdict =
      db === undefined
        ? verifyExportedAudit(readFileSync(exported ?? '', 'utf8'))
        : await verifyDatabase(db, values.recovery);
    process.stdout.write(`${describe(verdict)}\n`);
    return verdict.result === 'intact' ? 0 : 1;
  } catch (error) {
    process.stderr.write(
      `No se ha podido leer la auditoría: ${error instanceof AppError ? error.code : String(error)}\n`,
    );
    return 2;
  }
}

// Read-only, so that it can be done while the desk works.
async function verifyDatabase(path: string, isRecovery: boolean): Promise<AuditVerdict> {
  if (basename(path) !== 'desk.db') throw new AppError('desk.notOpened', { reason: 'noDesk' });
  const masterKey = await unlockMasterKey(dirname(path), readSecret(isRecovery));
  const key = deriveKey(masterKey, 'database');
  masterKey.bytes.fill(0);
  const connection = openConnection({ path, key, readonly: true });
  try {
    return verifyStoredAudit(connection, masterKey.storeId);
  } finally {
    connection.close();
  }
}

function readSecret(isRecovery: boolean): DeskSecret {
  const input = readFileSync(0);
  if (isRecovery) return { kind: 'recoveryKey', recoveryKey: input.toString('utf8').trim() };
  const end = input.at(-1) === 0x0a ? input.length - 1 : input.length;
  return { kind: 'passphrase', passphrase: input.subarray(0, end) };
}

function describe(verdict: AuditVerdict): string {
  if (verdict.result === 'intact') {
    return `Cadena íntegra: ${verdict.rows} anotaciones, hasta la huella ${verdict.headHash}. Coteje esa huella con el último punto de control firmado.`;
  }
  const place = `anotación ${verdict.sequence}`;
  switch (verdict.reason) {
    case 'missing':
      return `Cadena rota: falta la ${place}.`;
    case 'previousHash':
      return `Cadena rota: la ${place} no continúa la anterior.`;
    case 'content':
      return `Cadena rota: el contenido de la ${place} no es el que se anotó.`;
    case 'checkpoint':
      return `Cadena rota: la ${place} no es la del punto de control firmado.`;
    case 'cutOff':
      return `Cadena cortada: hay un punto de control posterior a la última anotación; falta desde la ${place}.`;
  }
}
