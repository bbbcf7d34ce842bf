import { spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { AppError } from '../../contract/errors.ts';
import type { TextRecognitionPort } from '../../services/ports/text-recognition.ts';
import { parseTesseractTable } from './tesseract-tsv.ts';

export type TesseractOptions = Readonly<{
  /** Name or path of the program. */
  program: string;
  /** As Tesseract names them, joined by `+`: `spa+cat`. */
  languages: string;
  /** Folder of the languages' data; null: the program's own. */
  dataFolder: string | null;
  /** For one page. */
  timeoutMs?: number;
  /** As `os.setPriority` counts; by default the lowest. */
  priority?: number;
}>;

// A page takes seconds; on a machine that has better things to do it may take minutes.
const usualTimeoutMs = 180_000;
const versionTimeoutMs = 10_000;
/** A page of small print has 200 kB. */
const mostOutputBytes = 16 * 1024 * 1024;

/**
 * Tesseract as a child process for each page, at the lowest priority and on one thread. The image goes in by standard input
 * and the words come out by standard output: neither is ever a file.
 */
export function createTesseract(options: TesseractOptions): TextRecognitionPort {
  let engine: Promise<string> | null = null;

  /** Once it has answered well it is not asked again. */
  async function findEngine(signal: AbortSignal): Promise<string> {
    engine ??= askEngine(options, signal);
    try {
      return await engine;
    } catch (error) {
      engine = null;
      throw error;
    }
  }

  return {
    async recognize(image, dpi, signal) {
      const name = await findEngine(signal);
      const table = await run(
        options,
        ['stdin', 'stdout', '-l', options.languages, '--dpi', String(dpi), '-c', 'tessedit_create_tsv=1'],
        { input: image, timeoutMs: options.timeoutMs ?? usualTimeoutMs, signal },
      );
      const read = parseTesseractTable(table);
      if (read === null) throw new AppError('recognition.failed', { reason: 'output' });
      return { engine: name, languages: options.languages, ...read };
    },
  };
}

async function askEngine(options: TesseractOptions, signal: AbortSignal): Promise<string> {
  const limits = { timeoutMs: versionTimeoutMs, signal };
  const version = /^tesseract v?(\d[\w.-]{0,40})/mu.exec(await run(options, ['--version'], limits))?.[1];
  if (version === undefined) throw new AppError('recognition.programMissing', { reason: 'version' });
  const known = new Set((await run(options, ['--list-langs'], limits)).split('\n').map((language) => language.trim()));
  const missing = options.languages.split('+').filter((language) => !known.has(language));
  if (missing.length > 0) throw new AppError('recognition.languageMissing', { languages: missing.join(', ') });
  return `Tesseract ${version}`;
}

function run(
  { program, dataFolder, priority = constants.priority.PRIORITY_LOW }: TesseractOptions,
  programArguments: readonly string[],
  { input, timeoutMs, signal }: Readonly<{ input?: Uint8Array; timeoutMs: number; signal: AbortSignal }>,
): Promise<string> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) throw new AppError('request.cancelled');
    const child = spawn(program, [...programArguments], {
      // What it complains about may quote the page.
      stdio: ['pipe', 'pipe', 'ignore'],
      env: {
        ...process.env,
        OMP_THREAD_LIMIT: '1',
        ...(dataFolder === null ? {} : { TESSDATA_PREFIX: dataFolder }),
      },
      windowsHide: true,
    });
    const chunks: Buffer[] = [];
    let length = 0;
    let failure: AppError | null = null;
    const stop = (error: AppError): void => {
      failure ??= error;
      child.kill('SIGKILL');
    };
    const onAbort = (): void => stop(new AppError('request.cancelled'));
    const timer = setTimeout(() => stop(new AppError('recognition.timedOut')), timeoutMs);
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
    signal.addEventListener('abort', onAbort);
    child.stdout.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > mostOutputBytes) stop(new AppError('recognition.failed', { reason: 'output' }));
      else chunks.push(chunk);
    });
    // It may end before it has read everything; its exit code tells.
    child.stdin.on('error', () => undefined);
    child.on('error', (cause) => {
      settle();
      reject(failure ?? new AppError('recognition.programMissing', {}, { cause }));
    });
    child.on('close', (exitCode, killedBy) => {
      settle();
      if (failure === null && exitCode === 0) resolve(Buffer.concat(chunks).toString('utf8'));
      else reject(failure ?? new AppError('recognition.failed', { reason: killedBy ?? `exit ${String(exitCode)}` }));
    });
    if (child.pid !== undefined) lowerPriority(child.pid, priority);
    child.stdin.end(input);
  });
}

function lowerPriority(pid: number, priority: number): void {
  try {
    setPriority(pid, priority);
  } catch {
    // It has ended already.
  }
}
