import { readFileSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { CommandFailure } from '../contract/command-failure.ts';
import { formatOfficialInstant } from '../domain/official-time.ts';
import type { StoredCheckpoint } from '../services/ports/store.ts';
import { AuditFileError, readCheckpointFile, verifyExportedAudit } from '../store/audit-export.ts';
import type { AuditKeys, AuditVerdict, IntactAudit } from '../store/audit-verify.ts';
import type { DeskSecret } from '../store/master-key.ts';
import { openAudit } from '../store/open-audit.ts';
import type { OpenAudit } from '../store/open-audit.ts';
import { signHead } from '../sync/audit-checkpoints.ts';
import { findIdentity } from '../sync/desk-identity.ts';
import { describeFailure } from './describe-failure.ts';

/*
 * Needs neither the program nor the centre. The passphrase, or the recovery key with `--recovery`, is read from standard
 * input: a command line is readable by others. Ends with 0 when the chain is whole, 1 when it is broken, 2 when it cannot
 * be read.
 */
const usage = `Uso:
  audit verify (--export FICHERO | --db CARPETA/desk.db [--recovery]) [opciones]
  audit export --db CARPETA/desk.db --out FICHERO [--recovery]

La contraseña, o con --recovery la clave de recuperación, por la entrada estándar.

  --desk-key CLAVE      Clave pública del puesto (Ed25519, 32 octetos en base64), sabida por otra vía
  --centre-key CLAVE    Clave pública del registro central, igual
  --checkpoints FICHERO Puntos de control que guarda el registro central: una cadena reescrita
                        o cortada con los suyos borrados no coincide con ellos
`;

process.exitCode = await main();

async function main(): Promise<number> {
  try {
    const options = readOptions();
    if (options === null) {
      process.stderr.write(usage);
      return 2;
    }
    return await (options.order === 'verify' ? verify(options) : writeExport(options));
  } catch (error) {
    process.stderr.write(`No se ha podido leer o escribir la auditoría. ${explain(error)}\n`);
    return 2;
  }
}

type Options = NonNullable<ReturnType<typeof readOptions>>;

function readOptions() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        export: { type: 'string' },
        db: { type: 'string' },
        out: { type: 'string' },
        recovery: { type: 'boolean', default: false },
        'desk-key': { type: 'string' },
        'centre-key': { type: 'string' },
        checkpoints: { type: 'string' },
      },
    });
    const { db, out, export: exported } = values;
    const order = positionals.join(' ');
    const hasOne = (db === undefined) !== (exported === undefined);
    if (order === 'verify' && hasOne && out === undefined) return { ...values, order } as const;
    if (order === 'export' && db !== undefined && exported === undefined && out !== undefined)
      return { ...values, order } as const;
    return null;
  } catch {
    return null;
  }
}

async function verify(options: Options): Promise<number> {
  const named = { desk: readKey(options['desk-key']), centre: readKey(options['centre-key']) };
  const others = options.checkpoints === undefined ? [] : readOthers(options.checkpoints);
  const { verdict, keys } =
    options.db === undefined
      ? verifyExportedAudit(options.export ?? '', named, others)
      : await verifyDatabase(options.db, options.recovery, named, others);
  process.stdout.write(`${[...describe(verdict), ...describeKeys(named, keys)].join('\n')}\n`);
  return verdict.result === 'intact' ? 0 : 1;
}

/** An empty list would vouch for any chain. */
function readOthers(path: string): readonly StoredCheckpoint[] {
  const others = readCheckpointFile(path);
  if (others.length === 0)
    throw new CommandFailure(
      `En «${path}» no hay ningún punto de control. Pida otra vez la lista de este puesto a la administración del registro central.`,
    );
  return others;
}

async function verifyDatabase(
  path: string,
  isRecovery: boolean,
  named: AuditKeys,
  others: readonly StoredCheckpoint[],
): Promise<Readonly<{ verdict: AuditVerdict; keys: AuditKeys }>> {
  const audit = await openAudit(path, readSecret(isRecovery));
  try {
    const own = keysOf(audit);
    const keys = { desk: named.desk ?? own.desk, centre: named.centre ?? own.centre };
    return { verdict: audit.verify(keys, others), keys };
  } finally {
    audit.close();
  }
}

async function writeExport({ db = '', out = '', recovery }: Options): Promise<number> {
  const audit = await openAudit(db, readSecret(recovery));
  try {
    const identity = findIdentity(audit);
    const now = new Date();
    const lines = audit.export({
      exportedAt: formatOfficialInstant(now),
      keys: keysOf(audit),
      signHead: identity === null ? null : (head) => signHead(identity, { storeId: audit.storeId, ...head }, now),
    });
    await writeWhole(out, lines);
    process.stdout.write(`Auditoría exportada en ${out}.\n`);
    return 0;
  } finally {
    audit.close();
  }
}

/** A new file with all of it, or none. */
async function writeWhole(path: string, lines: Iterable<string>): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await pipeline(Readable.from(lines), file.createWriteStream({ flush: true }));
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

function keysOf(audit: OpenAudit): AuditKeys {
  const identity = findIdentity(audit);
  return { desk: identity?.publicKey ?? null, centre: identity?.centrePublicKey ?? null };
}

function readKey(text: string | undefined): string | null {
  if (text === undefined) return null;
  if (Buffer.from(text, 'base64').length !== 32)
    throw new CommandFailure('La clave indicada no es de Ed25519: han de ser 32 octetos en base64.');
  return text;
}

function readSecret(isRecovery: boolean): DeskSecret {
  const input = readFileSync(0);
  if (isRecovery) return { kind: 'recoveryKey', recoveryKey: input.toString('utf8').trim() };
  const end = input.at(-1) === 0x0a ? input.length - 1 : input.length;
  return { kind: 'passphrase', passphrase: input.subarray(0, end) };
}

function explain(error: unknown): string {
  return error instanceof AuditFileError
    ? `La línea ${error.line} no es de una auditoría exportada.`
    : describeFailure(error);
}

function describe(verdict: AuditVerdict): string[] {
  if (verdict.result === 'intact') return describeIntact(verdict);
  const place = `anotación ${verdict.sequence}`;
  switch (verdict.reason) {
    case 'missing':
      return [`Cadena rota: falta la ${place}.`];
    case 'previousHash':
      return [`Cadena rota: la ${place} no continúa la anterior.`];
    case 'content':
      return [`Cadena rota: el contenido de la ${place} no es el que se anotó.`];
    case 'checkpoint':
      return [
        `Cadena rota: la ${place} no es la de un punto de control firmado. Se reescribió o se volvió a una copia.`,
      ];
    case 'cutOff':
      return [`Cadena cortada: falta desde la ${place}.`];
    case 'checkpointSignature':
      return [`Punto de control falso: la firma del de la ${place} no es de su clave o no firma lo que dice.`];
    case 'checkpointKey':
      return [`Punto de control falso: el de la ${place} lo firma una clave que no es la del puesto.`];
    case 'checkpointOfOtherStore':
      return [`Punto de control ajeno: el de la ${place} es de otro puesto.`];
    case 'countersignature':
      return [
        `Punto de control falso: el refrendo del de la ${place} no es del registro central o no firma lo que dice.`,
      ];
  }
}

function describeIntact(verdict: IntactAudit): string[] {
  const { rows, headHash, checkpoints, countersigned, lastSigned, lastCountersigned } = verdict;
  return [
    `Cadena íntegra: ${rows} anotaciones, hasta la huella ${headHash}.`,
    lastSigned === null
      ? 'Aviso: no hay ningún punto de control; quien tuviera la base de datos abierta pudo reescribirla entera.'
      : `Puntos de control firmados por el puesto: ${checkpoints}; el último, de la anotación ${lastSigned.sequence}, el ${lastSigned.signedAt}.`,
    lastCountersigned === null
      ? 'Aviso: ninguno está refrendado por el registro central.'
      : `Refrendados por el registro central: ${countersigned}; el último, de la anotación ${lastCountersigned.sequence}, recibido el ${lastCountersigned.receivedAt}. Después hay ${rows - lastCountersigned.sequence} anotaciones sin refrendo.`,
  ];
}

function describeKeys(named: AuditKeys, used: AuditKeys): string[] {
  const lines: string[] = [];
  if (named.desk === null && used.desk !== null) lines.push(warn('la clave del puesto', 'desk', used.desk));
  if (named.centre === null && used.centre !== null) {
    lines.push(warn('la clave del registro central', 'centre', used.centre));
  }
  return lines;
}

function warn(what: string, option: string, key: string): string {
  return `Aviso: ${what} se ha tomado de lo mismo que se comprueba. Cotéjela por otra vía, o indíquela con --${option}-key: ${key}`;
}
