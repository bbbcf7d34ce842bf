import { spawn } from 'node:child_process';
import { AppError } from '../contract/errors.ts';
import type { Printer, PrinterPort } from '../services/ports/surroundings.ts';

/** Printers through CUPS' own commands; the document goes in by standard input and leaves no file of ours behind. */
export function createCupsPrinter(): PrinterPort {
  return {
    async list() {
      const [accepting, defaultLine] = await Promise.all([run('lpstat', ['-e']), run('lpstat', ['-d'])]);
      if (accepting.exitCode !== 0) return [];
      const defaultName = /: (\S+)\s*$/u.exec(defaultLine.output)?.[1] ?? null;
      return accepting.output
        .split('\n')
        .filter((name) => name !== '')
        .map((name): Printer => ({ name, description: name.replaceAll('_', ' '), isDefault: name === defaultName }));
    },
    async print({ printer, content, copies, title }) {
      // Everything that the program prints is A4 with room around it. A printer that fits it into its margins would make
      // the scanner's test sheet 3 % too small.
      const parameters = ['-d', printer, '-n', String(copies), '-t', title, '-o', 'print-scaling=none', '-'];
      const { exitCode, output } = await run('lp', parameters, content);
      if (exitCode === null) throw new AppError('printer.absent');
      if (exitCode !== 0)
        throw new AppError(/not exist|no existe|unknown/iu.test(output) ? 'printer.absent' : 'printer.failed');
    },
  };
}

/** `exitCode` null: the command is not installed. */
async function run(
  command: string,
  commandArguments: readonly string[],
  input?: Uint8Array,
): Promise<Readonly<{ exitCode: number | null; output: string }>> {
  const child = spawn(command, [...commandArguments], { stdio: ['pipe', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  // The command may end before it has read everything; its exit code tells.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input ?? '');
  return new Promise((resolve) => {
    child.on('error', () => resolve({ exitCode: null, output: '' }));
    child.on('close', (exitCode) =>
      resolve({ exitCode: exitCode ?? 1, output: Buffer.concat(chunks).toString('utf8') }),
    );
  });
}
