import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { writeWhole } from './pki/certificate-authority.ts';

/**
 * A free port of 127.0.0.1 for each name, kept from one run to the next, since certificates name the OCSP responder's
 * address. A port that somebody else took meanwhile is replaced.
 */
export async function ensurePorts<Name extends string>(
  file: string,
  names: readonly Name[],
): Promise<Readonly<Record<Name, number>>> {
  const kept = await readKept(file);
  const chosen: [Name, number][] = [];
  for (const name of names) {
    const before = kept[name];
    const isUsable = before !== undefined && (await tryPort(before)) !== null;
    chosen.push([name, isUsable ? before : await findFreePort(chosen.map(([, port]) => port))]);
  }
  const ports = Object.fromEntries(chosen) as Record<Name, number>;
  const content = `${JSON.stringify({ ...kept, ...ports })}\n`;
  await writeWhole(file, content, 0o600);
  return ports;
}

async function readKept(file: string): Promise<Readonly<Record<string, number | undefined>>> {
  try {
    const kept: unknown = JSON.parse(await readFile(file, 'utf8'));
    const entries = Object.entries(kept ?? {}).filter(
      ([, port]) => Number.isInteger(port) && Number(port) > 0 && Number(port) < 65_536,
    );
    return Object.fromEntries(entries) as Record<string, number>;
  } catch {
    return {};
  }
}

/** Below those that systems hand out to whoever asks for any: one of these may be somebody's at the next start. */
async function findFreePort(taken: readonly number[]): Promise<number> {
  for (;;) {
    const port = await tryPort(randomInt(20_000, 32_000));
    if (port !== null && !taken.includes(port)) return port;
  }
}

function tryPort(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen(port, '127.0.0.1', () => {
      server.close(() => resolve(port));
    });
  });
}
