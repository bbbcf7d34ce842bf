import { createInterface } from 'node:readline/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { AppError } from '../contract/errors.ts';
import { createOfficialClock } from '../devices/official-clock.ts';
import type { BackupProgress } from '../services/ports/backup.ts';
import { restoreDesk } from '../store/backup/restore-desk.ts';
import { openDesk } from '../store/open-desk.ts';
import { enrolAgain } from './enrol-again.ts';
import { readHostSettings } from './settings.ts';

/*
 * What an administrator does with a desk whose program is not running. Secrets come by standard input, a line each: a command
 * line is readable by others. Ends with 0 when it is done, 1 when it could not be, 2 when it was not understood.
 */
const usage = `Uso, con el programa del puesto cerrado:
  desk backup  --settings FICHERO [--to CARPETA]   Copia de seguridad. Entrada: frase de paso
  desk restore --settings FICHERO --from CARPETA   Puesto a partir de una copia. Entrada: clave de
                                                   recuperación; frase de paso nueva
  desk enrol-again --settings FICHERO              Puesto sin copia: vuelve a darse de alta y recupera
                                                   del registro central lo que envió. Entrada: código de
                                                   alta; clave de recuperación; frase de paso nueva

Cada dato de la entrada estándar, en una línea. Sin --to se usa la carpeta de los ajustes.
`;

process.exitCode = await main();

async function main(): Promise<number> {
  const options = readOptions();
  if (options === null) {
    process.stderr.write(usage);
    return 2;
  }
  try {
    await orders[options.order](options);
    return 0;
  } catch (error) {
    const code = error instanceof AppError ? error.code : String(error);
    process.stderr.write(`No se ha podido: ${code}\n`);
    return 1;
  }
}

type Options = Readonly<{
  order: keyof typeof orders;
  settings: string;
  to: string | undefined;
  from: string | undefined;
}>;

function readOptions(): Options | null {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { settings: { type: 'string' }, to: { type: 'string' }, from: { type: 'string' } },
    });
    const { settings, to, from } = values;
    const order = positionals.join(' ');
    if (settings === undefined || !isOrder(order) || (order === 'restore') !== (from !== undefined)) return null;
    return { order, settings, to, from };
  } catch {
    return null;
  }
}

function isOrder(text: string): text is keyof typeof orders {
  return text === 'backup' || text === 'restore' || text === 'enrol-again';
}

const orders = {
  backup: async ({ settings: file, to }: Options): Promise<void> => {
    const settings = readHostSettings(file);
    const folder = to === undefined ? settings.desk.backup?.folder : resolve(to);
    if (folder === undefined) throw new AppError('backup.targetInvalid');
    const [passphrase = ''] = await readLines(1);
    const secret = { kind: 'passphrase' as const, passphrase: new TextEncoder().encode(passphrase) };
    const desk = await openDesk({ folder: settings.dataFolder, secret, clock: machineClock() });
    try {
      const { signal } = new AbortController();
      const made = await desk.backUp({ folder, signal, report: tell() });
      process.stdout.write(`Copia hecha en ${made.folder}: ${made.fileCount} documentos, ${made.freshCount} nuevos.\n`);
    } finally {
      await desk.store.close();
    }
  },
  restore: async ({ settings: file, from = '' }: Options): Promise<void> => {
    const settings = readHostSettings(file);
    const [recoveryKey = '', passphrase = ''] = await readLines(2);
    const restored = await restoreDesk({
      folder: resolve(from),
      to: settings.dataFolder,
      recoveryKey,
      secret: { kind: 'passphrase', passphrase: new TextEncoder().encode(passphrase) },
      clock: machineClock(),
      signal: new AbortController().signal,
      report: tell(),
    });
    const damaged =
      restored.damagedFiles === 0
        ? ''
        : ` Dañados en la copia: ${restored.damagedFiles}; se pedirán al registro central.`;
    process.stdout.write(
      `Puesto recuperado de la copia de ${restored.copiedAt}: ${restored.fileCount} documentos.${damaged}\n`,
    );
    process.stdout.write('Ábralo con línea: trae del registro central lo que falte y empieza numeración nueva.\n');
  },
  'enrol-again': async ({ settings: file }: Options): Promise<void> => {
    const { dataFolder, centreUrl, desk } = readHostSettings(file);
    const [enrolmentCode = '', recoveryKey = '', passphrase = ''] = await readLines(3);
    await enrolAgain({
      folder: dataFolder,
      centreUrl,
      officeCode: desk.officeCode,
      deskNumber: desk.deskNumber,
      enrolmentCode,
      recoveryKey,
      passphrase: new TextEncoder().encode(passphrase),
      clock: machineClock(),
    });
    process.stdout.write(
      'Puesto dado de alta. Ábralo con línea: trae sus asientos y documentos del registro central.\n',
    );
  },
} as const;

function machineClock() {
  return createOfficialClock({ servers: [], onProblem: () => undefined });
}

async function readLines(count: number): Promise<readonly string[]> {
  const lines: string[] = [];
  const input = createInterface({ input: process.stdin, terminal: false });
  for await (const line of input) if (lines.push(line.trimEnd()) === count) break;
  input.close();
  return lines;
}

/** One line for each step, and no more. */
function tell(): (progress: BackupProgress) => void {
  const words = {
    database: 'Asientos…',
    files: 'Documentos…',
    checking: 'Comprobando documentos…',
    finishing: 'Asegurando la copia…',
  } as const;
  let last: BackupProgress['step'] | null = null;
  return ({ step }) => {
    if (step !== last) process.stderr.write(`${words[step]}\n`);
    last = step;
  };
}
