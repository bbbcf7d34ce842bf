import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSignedData } from '../cms-reader.ts';
import { readSignatures } from '../pdf-signatures.ts';

/** What programs of others say of a signed PDF. */
export type ForeignOpinions = Readonly<{
  /** Lines of pdfsig that tell its verdict, one for each signature. */
  pdfsig: readonly string[];
  qpdf: string;
  /** One for each signature that is no time stamp. */
  opensslCms: readonly string[];
  certtool: readonly string[];
}>;

/** Asks pdfsig (poppler), qpdf, openssl cms and GnuTLS certtool; the last two trust `root` (PEM file). */
export function askOthers(pdf: Uint8Array, root: string): ForeignOpinions {
  const folder = mkdtempSync(join(tmpdir(), 'ventanilla-opinions-'));
  const run = (command: string, ...parameters: readonly string[]): string => {
    const { stdout, stderr } = spawnSync(command, parameters, { cwd: folder, encoding: 'utf8' });
    return stdout + stderr;
  };
  try {
    writeFileSync(join(folder, 'signed.pdf'), pdf);
    const signatures = readSignatures(pdf).filter((signature) => signature.type === 'signature');
    const each = (ask: (name: string) => string): readonly string[] =>
      signatures.map((signature, index) => {
        const [start, length, nextStart, nextLength] = signature.byteRange ?? [0, 0, 0, 0];
        const content = Buffer.concat([
          pdf.subarray(start, start + length),
          pdf.subarray(nextStart, nextStart + nextLength),
        ]);
        writeFileSync(join(folder, `content-${index}`), content);
        writeFileSync(
          join(folder, `cms-${index}`),
          signature.contents.subarray(0, readSignedData(signature.contents).encodedLength),
        );
        return ask(String(index));
      });
    return {
      pdfsig: run('pdfsig', '-nocert', 'signed.pdf').match(/(?<=Signature Validation: ).*/g) ?? [],
      qpdf: run('qpdf', '--check', 'signed.pdf'),
      opensslCms: each((name) =>
        run(
          'openssl',
          'cms',
          '-verify',
          '-cades',
          '-binary',
          '-inform',
          'DER',
          '-in',
          `cms-${name}`,
          '-content',
          `content-${name}`,
          '-CAfile',
          root,
          '-purpose',
          'any',
          '-out',
          'verified',
        ),
      ),
      certtool: each((name) =>
        run(
          'certtool',
          '--p7-verify',
          '--inder',
          '--infile',
          `cms-${name}`,
          '--load-data',
          `content-${name}`,
          '--load-ca-certificate',
          root,
        ),
      ),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
