import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSignedData } from '../cms-reader.ts';
import { readSignatures } from '../pdf-signatures.ts';

const jars = ['bcprov', 'bcpkix', 'bcutil'].map((name) => `/usr/share/java/${name}.jar`);

// A program that runs for a moment never gets back what its best compiler costs.
const shortRun = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];

/** Java is no package of ours: it is asked where a machine has it. */
export const hasBouncyCastle = jars.every((jar) => existsSync(jar)) && spawnSync('java', ['-version']).status === 0;

/**
 * What BouncyCastle says of every signature and time stamp of each document, in one Java process that trusts `root` (PEM
 * file): `ok DIGEST STAMPS`, `ok` for a document time stamp, or the reason. Null, said aloud, where there is no Java.
 */
export function askBouncyCastle(pdfs: readonly Uint8Array[], root: string): readonly (readonly string[])[] | null {
  if (!hasBouncyCastle) {
    process.stderr.write('Sin java o sin libbcpkix-java: BouncyCastle no da su opinión.\n');
    return null;
  }
  const folder = mkdtempSync(join(tmpdir(), 'ventanilla-bouncy-castle-'));
  try {
    const counts: number[] = [];
    const files: string[] = [];
    for (const pdf of pdfs) {
      const signatures = readSignatures(pdf);
      counts.push(signatures.length);
      for (const { byteRange, contents } of signatures) {
        const [start, length, nextStart, nextLength] = byteRange ?? [0, 0, 0, 0];
        const name = join(folder, String(files.length));
        writeFileSync(`${name}.cms`, contents.subarray(0, readSignedData(contents).encodedLength));
        const covered = [pdf.subarray(start, start + length), pdf.subarray(nextStart, nextStart + nextLength)];
        writeFileSync(`${name}.content`, Buffer.concat(covered));
        files.push(`${name}.cms`, `${name}.content`);
      }
    }
    const program = join(import.meta.dirname, 'CheckCms.java');
    const { stdout, stderr, status } = spawnSync(
      'java',
      [...shortRun, '-cp', jars.join(':'), program, root, ...files],
      {
        encoding: 'utf8',
      },
    );
    if (status !== 0) throw new Error(stderr);
    const lines = stdout.trim().split('\n');
    return counts.map((count) => lines.splice(0, count));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
