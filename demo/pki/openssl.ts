import { spawn } from 'node:child_process';

export class OpensslError extends Error {
  constructor(command: string, detail: string) {
    super(`openssl ${command} failed: ${detail}`);
    this.name = 'OpensslError';
  }
}

/**
 * Runs the system's openssl and returns what it wrote to its output.
 * Input goes in through the standard input, so that nothing passes through a temporary file.
 */
export function runOpenssl(
  commandArguments: readonly string[],
  options: Readonly<{ cwd: string; input?: Uint8Array; signal?: AbortSignal }>,
): Promise<Buffer> {
  const command = commandArguments[0] ?? '';
  return new Promise((resolve, reject) => {
    const child = spawn('openssl', commandArguments, {
      cwd: options.cwd,
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      // Messages in English and dates in UTC whatever the desk's language is.
      env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' },
    });
    const output: Buffer[] = [];
    const complaints: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk));
    child.on('error', (error) => reject(new OpensslError(command, error.message)));
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(output));
      else reject(new OpensslError(command, Buffer.concat(complaints).toString('utf8').trim().slice(-800)));
    });
    // openssl may end before it has read everything; the exit code tells.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? new Uint8Array());
  });
}
