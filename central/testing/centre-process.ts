import { spawn } from 'node:child_process';
import { once } from 'node:events';

/* The command as an administrator starts it, in a process of its own. */

const program = new URL('../main.ts', import.meta.url).pathname;

export type CentreProcess = Readonly<{
  pid: number;
  /** Both streams, the newest million signs of them. */
  output: () => string;
  /** The first group of what matches, or all of it. Throws with the output when the program ends without saying it. */
  untilSays: (words: RegExp) => Promise<string>;
  type: (words: string) => void;
  /** Gives the exit code; null after a signal that killed it. */
  end: (signal: NodeJS.Signals) => Promise<number | null>;
  ended: () => Promise<number | null>;
}>;

export function startCentreProcess(dataFolder: string, ...options: readonly string[]): CentreProcess {
  const command = [program, '--port', '0', '--data', dataFolder, ...options];
  const child = spawn(process.execPath, command, { stdio: 'pipe' });
  const ended = once(child, 'exit');
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-1_000_000);
      child.emit('said');
    });
  }
  const untilEnded = async () => {
    await ended;
    return child.exitCode;
  };
  return {
    pid: child.pid ?? 0,
    output: () => output,
    async untilSays(words) {
      for (;;) {
        const found = words.exec(output);
        if (found !== null) return found[1] ?? found[0];
        if (child.exitCode !== null || child.signalCode !== null) throw new Error(output);
        await Promise.race([once(child, 'said'), ended]);
      }
    },
    type: (words) => void child.stdin.write(`${words}\n`),
    async end(signal) {
      child.kill(signal);
      return untilEnded();
    },
    ended: untilEnded,
  };
}

/** As much of a centre as enrolling a desk needs. */
export async function speakWithProcess(running: CentreProcess) {
  const url = await running.untilSays(/Registro central en (http:\/\/127\.0\.0\.1:\d+)/u);
  return {
    url,
    async issueFeedToken(officeCode: string, name: string): Promise<string> {
      running.type(`canal ${officeCode} ${name}`);
      return running.untilSays(new RegExp(`Clave de ${name} para los asientos de ${officeCode}: (\\S+) `, 'u'));
    },
    async issueEnrolmentCode(officeCode: string, deskNumber: string): Promise<string> {
      running.type(`alta ${officeCode} ${deskNumber}`);
      return running.untilSays(new RegExp(`alta del puesto ${deskNumber} de ${officeCode}: ([0-9A-Z-]{23}) `, 'u'));
    },
  };
}
