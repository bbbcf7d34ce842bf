import { createInterface } from 'node:readline/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CommandFailure } from '../contract/command-failure.ts';
import { AppError } from '../contract/errors.ts';
import { newPassphraseSchema } from '../contract/methods.ts';
import { createOfficialClock } from '../devices/official-clock.ts';
import type { BackupProgress } from '../services/ports/backup.ts';
import { restoreDesk } from '../store/backup/restore-desk.ts';
import { openDesk } from '../store/open-desk.ts';
import { describeFailure } from './describe-failure.ts';
import { enrolAgain } from './enrol-again.ts';
import { readHostSettings } from './settings.ts';
import type { HostSettings } from './settings.ts';

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

const orders = { backup, restore, 'enrol-again': comeBack } as const;

process.exitCode = await main();

async function main(): Promise<number> {
  const options = readOptions();
  if (options === null) {
    process.stderr.write(usage);
    return 2;
  }
  const stop = new AbortController();
  // The first asks to leave everything as it was; a second one ends the program where it is.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  try {
    await orders[options.order](options, stop.signal);
    return 0;
  } catch (error) {
    process.stderr.write(`No se ha podido. ${describeFailure(error)}\n`);
    return 1;
  }
}

type Options = Readonly<{
  order: 'backup' | 'restore' | 'enrol-again';
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

function isOrder(text: string): text is Options['order'] {
  return text === 'backup' || text === 'restore' || text === 'enrol-again';
}

async function backup({ settings: file, to }: Options, signal: AbortSignal): Promise<void> {
  const settings = readSettings(file);
  const folder = to === undefined ? settings.desk.backup?.folder : resolve(to);
  if (folder === undefined) throw new AppError('backup.targetInvalid');
  const [passphrase = ''] = await readLines(['la frase de paso']);
  const secret = { kind: 'passphrase' as const, passphrase: new TextEncoder().encode(passphrase) };
  const desk = await openDesk({ folder: settings.dataFolder, secret, clock: machineClock() });
  try {
    const made = await desk.backUp({ folder, signal, report: tell() });
    process.stdout.write(`Copia hecha en ${made.folder}: ${made.fileCount} documentos, ${made.freshCount} nuevos.\n`);
  } finally {
    await desk.store.close();
  }
}

async function restore({ settings: file, from = '' }: Options, signal: AbortSignal): Promise<void> {
  const settings = readSettings(file);
  const [recoveryKey = '', passphrase = ''] = await readLines(['la clave de recuperación', 'la frase de paso nueva']);
  const restored = await restoreDesk({
    folder: resolve(from),
    to: settings.dataFolder,
    recoveryKey: recoveryKey.trim(),
    secret: { kind: 'passphrase', passphrase: readNewPassphrase(passphrase) },
    clock: machineClock(),
    signal,
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
}

// Not to be left in the middle: the code serves once.
async function comeBack({ settings: file }: Options): Promise<void> {
  const { dataFolder, centreUrl, desk } = readSettings(file);
  const [enrolmentCode = '', recoveryKey = '', passphrase = ''] = await readLines([
    'el código de alta',
    'la clave de recuperación',
    'la frase de paso nueva',
  ]);
  await enrolAgain({
    folder: dataFolder,
    centreUrl,
    officeCode: desk.officeCode,
    deskNumber: desk.deskNumber,
    enrolmentCode: enrolmentCode.trim(),
    recoveryKey: recoveryKey.trim(),
    passphrase: readNewPassphrase(passphrase),
    clock: machineClock(),
  });
  process.stdout.write('Puesto dado de alta. Ábralo con línea: trae sus asientos y documentos del registro central.\n');
}

function readSettings(file: string): HostSettings {
  try {
    return readHostSettings(file);
  } catch (cause) {
    if (cause instanceof AppError)
      throw new CommandFailure(
        `En los ajustes «${file}» falta o no vale «${String(cause.details['field'])}». Corríjalo y repítalo.`,
        { cause },
      );
    if (cause instanceof SyntaxError)
      throw new CommandFailure(`Los ajustes «${file}» no son JSON. Corríjalos y repítalo.`, { cause });
    throw cause;
  }
}

/** As the window asks for it: what opens a desk every day is not to be left empty by a line that was forgotten. */
function readNewPassphrase(text: string): Uint8Array {
  const parsed = newPassphraseSchema.safeParse(new TextEncoder().encode(text));
  if (!parsed.success)
    throw new CommandFailure('La frase de paso nueva ha de tener doce caracteres o más. Elija otra.');
  return parsed.data;
}

function machineClock() {
  return createOfficialClock({ servers: [], onProblem: () => undefined });
}

async function readLines(names: readonly string[]): Promise<readonly string[]> {
  const lines: string[] = [];
  const input = createInterface({ input: process.stdin, terminal: false });
  for await (const line of input) if (lines.push(line) === names.length) break;
  input.close();
  const missing = names[lines.length];
  if (missing !== undefined)
    throw new CommandFailure(
      `Falta ${missing} en la entrada estándar. Escriba, una en cada línea: ${names.join(', ')}.`,
    );
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
