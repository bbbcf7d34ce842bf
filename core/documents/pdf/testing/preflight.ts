import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const jars = ['pdfbox2', 'preflight', 'fontbox2', 'xmpbox', 'commons-logging', 'javax.activation', 'jaxb-api'].map(
  (name) => `/usr/share/java/${name}.jar`,
);

/** Java is no package of ours: it is asked where a machine has it. */
export const hasPreflight = jars.every((jar) => existsSync(jar)) && spawnSync('java', ['-version']).status === 0;

/**
 * What PDFBox preflight says of each PDF/A-1b file: `valid`, or its complaints. Null, said aloud, where there is no Java.
 */
export function askPreflight(pdfs: readonly Uint8Array[]): readonly string[] | null {
  if (!hasPreflight) {
    process.stderr.write('Sin java o sin libpdfbox2-java: PDFBox preflight no da su opinión.\n');
    return null;
  }
  const folder = mkdtempSync(join(tmpdir(), 'ventanilla-preflight-'));
  try {
    const files = pdfs.map((pdf, index) => {
      const file = join(folder, `${index}.pdf`);
      writeFileSync(file, pdf);
      return file;
    });
    const program = join(import.meta.dirname, 'Preflight.java');
    const { stdout, stderr, status } = spawnSync(
      'java',
      ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-cp', jars.join(':'), program, ...files],
      {
        encoding: 'utf8',
      },
    );
    if (status !== 0) throw new Error(stderr);
    return stdout.trim().split('\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
}
