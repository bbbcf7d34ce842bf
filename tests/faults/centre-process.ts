import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Programs } from './programs.ts';

/** The centre as an administrator starts it, in a process that can be killed and comes back at the same address. */
export type CentreProcess = Readonly<{
  url: () => string;
  issueEnrolmentCode: (officeCode: string, deskNumber: string) => Promise<string>;
  issueFeedToken: (officeCode: string, name: string) => Promise<string>;
  /** SIGKILL, and a new start; resolves when it answers again. */
  killAndStart: () => Promise<void>;
  stop: () => Promise<void>;
}>;

/** `now`: what the clock of its machine says when it starts; without it, what this one's says. */
export async function startCentreProcess(
  programs: Programs,
  options: Readonly<{ dataFolder: string; databaseUrl: string; reference: string; now?: Date }>,
): Promise<CentreProcess> {
  let url = '';
  const offsetMs = options.now === undefined ? 0 : options.now.getTime() - Date.now();
  let running = await start('0', ['--reference', options.reference]);

  async function start(port: string, rest: readonly string[]): Promise<Readonly<{ child: ChildProcess; said: Said }>> {
    const program = fileURLToPath(new URL('../../central/main.ts', import.meta.url));
    const places = ['--data', options.dataFolder, '--database-url', options.databaseUrl];
    const shifted = fileURLToPath(new URL('shifted-clock.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', shifted, program, '--port', port, ...places, ...rest], {
      stdio: 'pipe',
      env: { ...programs.environment, VENTANILLA_CLOCK_OFFSET_MS: String(offsetMs) },
    });
    const said = listen(child);
    url = await said.until(/Registro central en (http:\/\/127\.0\.0\.1:\d+)/u);
    return { child, said };
  }

  return {
    url: () => url,
    async issueEnrolmentCode(officeCode, deskNumber) {
      running.child.stdin?.write(`alta ${officeCode} ${deskNumber}\n`);
      return running.said.until(new RegExp(`alta del puesto ${deskNumber} de ${officeCode}: ([0-9A-Z-]{23}) `, 'u'));
    },
    async issueFeedToken(officeCode, name) {
      running.child.stdin?.write(`canal ${officeCode} ${name}\n`);
      return running.said.until(new RegExp(`Clave de ${name} para los asientos de ${officeCode}: (\\S+) `, 'u'));
    },
    async killAndStart() {
      const ended = once(running.child, 'exit');
      running.child.kill('SIGKILL');
      await ended;
      running = await start(new URL(url).port, []);
    },
    async stop() {
      const ended = once(running.child, 'exit');
      running.child.kill('SIGTERM');
      await ended;
    },
  };
}

type Said = Readonly<{ until: (words: RegExp) => Promise<string> }>;

function listen(child: ChildProcess): Said {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      child.emit('said');
    });
  }
  const ended = once(child, 'exit');
  return {
    async until(words) {
      for (;;) {
        const found = words.exec(output);
        if (found !== null) return found[1] ?? found[0];
        if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the centre ended: ${output}`);
        await Promise.race([once(child, 'said'), ended]);
      }
    },
  };
}
