import { once } from 'node:events';
import { mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Interface } from 'node:readline';
import { parseArgs } from 'node:util';
import pino from 'pino';
import { ZodError } from 'zod';
import { CommandFailure } from '../core/contract/command-failure.ts';
import { referenceDataSchema } from '../core/contract/schemas/reference.ts';
import type { ReferenceData } from '../core/contract/schemas/reference.ts';
import { createCentre } from './centre.ts';
import type { Centre } from './centre.ts';
import type { CentreLog } from './centre-log.ts';
import type { SealFiles } from './seal/centre-seal.ts';
import { readDataKey } from './encryption/data-key.ts';
import { describeStartFailure } from './start-failure.ts';

const usage = `Registro central de Ventanilla

  npm run central -- [opciones]

  --database-url URL   PostgreSQL 15 o posterior. Sin ella se usa una base de datos
                       incrustada, que solo sirve para probar
  --port N             Puerto en 127.0.0.1 (8420 si no se indica)
  --data CARPETA       Claves, archivos y, sin PostgreSQL, la base de datos
  --data-key-file ARCHIVO
                       Clave que cifra lo guardado: 64 cifras hexadecimales. Sin ella se
                       usa data-key en la carpeta, que se crea al empezar
  --reference ARCHIVO  Datos de referencia (JSON) que se publican al empezar
  --enrol OFICINA:PUESTO
                       Escribe un código de alta para ese puesto (se puede repetir)
  --checkpoints OFICINA:PUESTO
                       Escribe los puntos de control de la auditoría de ese puesto, uno por
                       línea, y termina
  --seal CARPETA       Sello del órgano para los justificantes de las oficinas que no
                       tienen: seal-key.pem y seal-chain.pem (sello primero, raíz al final)
  --exchange CARPETA   Intercambio SICRES 4 por archivos: in, out, received y quarantine
  --name NOMBRE        Nombre del registro en la página de verificación
  --behind-proxy       Un proxy de esta máquina pone TLS y X-Forwarded-For
  --verbose            Anota cada petición en la salida de errores (JSON)`;

const accessWords = { shown: 'se vio', file: 'se descargó', signature: 'se descargó su firma' } as const;

const orders = `Órdenes:
  alta OFICINA PUESTO       código de alta de un puesto      alta O00009999 03
  baja OFICINA PUESTO QUIÉN MOTIVO   retira un puesto        baja O00009999 03 A.Gil robado
  baja-serie SERIE QUIÉN MOTIVO      retira una serie de números
  bajas OFICINA             lo que se ha retirado, quién y por qué
  canal OFICINA NOMBRE      clave de un sistema de gestión   canal O00009999 gestor
  sin-canal OFICINA NOMBRE  retira esa clave
  consultas CÓDIGO          cuándo se vio o se descargó un documento, no por quién`;

process.exitCode = await runCommand(process.argv.slice(2));

async function runCommand(commandLine: readonly string[]): Promise<number> {
  try {
    return await main(commandLine);
  } catch (error) {
    const sentence = describeStartFailure(error);
    if (sentence === null) createLog(false).error('centre.notStarted', error);
    console.error(sentence ?? 'El registro central no ha podido empezar. Avise a soporte con la línea anterior.');
    return 1;
  }
}

async function main(commandLine: readonly string[]): Promise<number> {
  const options = readOptions(commandLine);
  if (options === null) {
    console.error(usage);
    return 2;
  }
  if (options.help) {
    console.log(usage);
    return 0;
  }
  // From the first moment, so that a stop during the start is as orderly as any.
  const told = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  const dataFolder = resolve(options.data ?? defaultDataFolder());
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  const centre = await startCentre(options, dataFolder);
  try {
    if (options.checkpoints !== undefined) {
      for (const line of await listCheckpoints(centre, options.checkpoints)) console.log(line);
      return 0;
    }
    if (options.reference !== undefined) await publish(centre, options.reference);
    greet(centre, dataFolder, options['database-url'] !== undefined);
    for (const desk of options.enrol) console.log(await answer(centre, `alta ${desk.replace(':', ' ')}`));
    const keyboard = listenToKeyboard(centre);
    await told;
    keyboard.close();
    process.stdin.destroy();
  } finally {
    await centre.close();
  }
  console.log('Registro central detenido.');
  return 0;
}

async function startCentre(options: Options, dataFolder: string): Promise<Centre> {
  const keyFile = options['data-key-file'];
  return createCentre({
    dataFolder,
    // Another instance may hold the port while this one only looks something up.
    port: options.checkpoints === undefined ? options.port : 0,
    log: createLog(options.verbose),
    isBehindProxy: options['behind-proxy'],
    ...(keyFile === undefined ? {} : { dataKey: await readDataKey(keyFile) }),
    ...(options['database-url'] === undefined ? {} : { databaseUrl: options['database-url'] }),
    ...(options.exchange === undefined ? {} : { exchangeFolder: resolve(options.exchange) }),
    ...(options.name === undefined ? {} : { centreName: options.name }),
    ...(options.seal === undefined ? {} : { seal: await readSeal(options.seal) }),
  });
}

/** None at all is said aloud: a list with nothing in it vouches for any audit. */
async function listCheckpoints(centre: Centre, desk: string): Promise<readonly string[]> {
  const [officeCode = '', deskNumber = ''] = desk.split(':');
  const lines = await centre.listCheckpointLines(officeCode, deskNumber);
  if (lines.length === 0)
    throw new CommandFailure(
      `El registro central no tiene ningún punto de control de «${desk}». Se escribe OFICINA:PUESTO, como O00009999:03; compruebe los dos.`,
    );
  return lines;
}

type Options = NonNullable<ReturnType<typeof readOptions>>;

function readOptions(commandLine: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...commandLine],
      options: {
        'database-url': { type: 'string' },
        port: { type: 'string', default: '8420' },
        data: { type: 'string' },
        'data-key-file': { type: 'string' },
        reference: { type: 'string' },
        enrol: { type: 'string', multiple: true, default: [] },
        checkpoints: { type: 'string' },
        seal: { type: 'string' },
        exchange: { type: 'string' },
        name: { type: 'string' },
        'behind-proxy': { type: 'boolean', default: false },
        verbose: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const port = Number(values.port);
    const isUnderstood =
      Number.isInteger(port) && port >= 0 && port < 65_536 && values.enrol.every((desk) => /^\w+:\d{2}$/u.test(desk));
    return isUnderstood ? { ...values, port } : null;
  } catch {
    return null;
  }
}

function defaultDataFolder(): string {
  return join(process.env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'ventanilla-central');
}

function createLog(isVerbose: boolean): CentreLog {
  const logger = pino({ base: null, level: isVerbose ? 'info' : 'error' }, pino.destination(2));
  return {
    info: (event, details) => logger.info(details ?? {}, event),
    // The message of an error may quote what somebody sent: its kind and its stack are enough to find it.
    error: (event, error, details) => {
      const known = error instanceof Error ? error : null;
      const stack = known?.stack?.split('\n').filter((row) => row.trimStart().startsWith('at '));
      const code = known !== null && 'code' in known ? String(known.code) : '';
      logger.error({ ...details, kind: known?.name ?? '', code, stack: stack?.join('\n') ?? '' }, event);
    },
  };
}

async function readSeal(folder: string): Promise<SealFiles> {
  const [key, chain] = await Promise.all(
    ['seal-key.pem', 'seal-chain.pem'].map((name) => readFile(join(folder, name), 'utf8')),
  );
  return { key: key ?? '', chain: chain ?? '' };
}

async function publish(centre: Centre, file: string): Promise<void> {
  const data = readReference(file, await readFile(file, 'utf8'));
  const version = await centre.publishReference(data);
  console.log(`Datos de referencia publicados: versión ${version}.`);
}

function readReference(file: string, text: string): ReferenceData {
  try {
    return referenceDataSchema.parse(JSON.parse(text));
  } catch (cause) {
    const field = cause instanceof ZodError ? (cause.issues[0]?.path.join('.') ?? '') : '';
    const where = field === '' ? 'no son JSON' : `no valen: «${field}»`;
    throw new CommandFailure(`Los datos de referencia de «${file}» ${where}. Corríjalos y vuelva a empezar.`, {
      cause,
    });
  }
}

function greet(centre: Centre, dataFolder: string, isDurable: boolean): void {
  console.log(`Registro central en ${centre.url}`);
  console.log(`  Verificación de documentos: ${centre.url}/verificar`);
  console.log(`  Clave pública: ${centre.publicKey}`);
  console.log(`  Carpeta: ${dataFolder}`);
  if (!isDurable) {
    console.log('  Base de datos incrustada: sirve para probar; un corte de luz puede perder lo último recibido.');
  }
  console.log(orders);
}

/** The administrator's words, one order a line. */
function listenToKeyboard(centre: Centre): Interface {
  const keyboard = createInterface({ input: process.stdin, terminal: false });
  keyboard.on('line', (words) => {
    answer(centre, words).then(console.log, () => console.log(`No se ha podido. ${orders}`));
  });
  return keyboard;
}

async function answer(centre: Centre, words: string): Promise<string> {
  const [order = '', officeCode = '', name = '', ...rest] = words.trim().split(/\s+/u);
  switch (order) {
    case '':
      return '';
    case 'alta': {
      const code = await centre.issueEnrolmentCode(officeCode, name);
      return `Código de alta del puesto ${name} de ${officeCode}: ${code} (sirve una vez, durante tres días)`;
    }
    case 'canal': {
      const token = await centre.issueFeedToken(officeCode, name);
      return `Clave de ${name} para los asientos de ${officeCode}: ${token} (no se vuelve a mostrar)`;
    }
    case 'sin-canal': {
      const wasThere = await centre.revokeFeedToken(officeCode, name);
      return wasThere ? `Clave de ${name} retirada.` : `No hay clave de ${name} para ${officeCode}.`;
    }
    case 'baja': {
      const count = await centre.revokeDesk(officeCode, name, readWithdrawal(rest));
      return count === 0
        ? `No hay ningún puesto ${name} de ${officeCode} en vigor.`
        : `Puesto ${name} de ${officeCode} retirado. Lo que ya registró se sigue recibiendo, en cuarentena; con «alta» tiene otro.`;
    }
    case 'baja-serie': {
      const wasThere = await centre.revokeSeries(officeCode, readWithdrawal([name, ...rest]));
      return wasThere ? `Serie ${officeCode} retirada.` : `No hay ninguna serie ${officeCode} en vigor.`;
    }
    case 'bajas': {
      const revocations = await centre.listRevocations(officeCode);
      const lines = revocations.map(
        ({ deskNumber, seriesId, revokedAt, by, reason }) =>
          `  ${revokedAt.toISOString()} ${seriesId === null ? `puesto ${deskNumber ?? ''}` : `serie ${seriesId}`}, por ${by}: ${reason}`,
      );
      return [`Retirados de ${officeCode}: ${revocations.length}`, ...lines].join('\n');
    }
    case 'consultas': {
      const accesses = await centre.listAccesses(officeCode);
      if (accesses === null) return 'Ningún documento recibido tiene ese código.';
      const lines = accesses.map(({ kind, accessedAt }) => `  ${accessedAt.toISOString()} ${accessWords[kind]}`);
      return [`Consultas de ese documento: ${accesses.length}`, ...lines].join('\n');
    }
    default:
      return `Orden desconocida. ${orders}`;
  }
}

/** Who and why: the first word, and all that follow. */
function readWithdrawal([by = '', ...reason]: readonly string[]): Readonly<{ by: string; reason: string }> {
  return { by, reason: reason.join(' ') };
}
