import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/*
 * What programs that are not ours say of our files: poppler, qpdf, OpenSSL, GnuTLS, libxml2. The signatures are cut out
 * of the PDF here by their byte ranges alone, so that no reader of ours stands between the file and its judge.
 */

export type CutSignature = Readonly<{ subFilter: string; signedBytes: Buffer; cms: Buffer; coversUntil: number }>;

/** Signatures and document time stamps in the order of their coverage. */
export function cutSignatures(pdf: Buffer): readonly CutSignature[] {
  const text = pdf.toString('latin1');
  return [...text.matchAll(/\/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]/gu)]
    .flatMap((match) => {
      const [start = 0, length = 0, next = 0, rest = 0] = match.slice(1).map(Number);
      const contents = text.slice(start + length, next);
      // The ranges of a PDF that lies embedded in this one do not fit here, though they may begin and end at the tags of its XML.
      if (!/^<[\da-f\s]+>$/iu.test(contents)) return [];
      const hexadecimal = contents.replaceAll(/[<>\s]/gu, '');
      const around = text.slice(Math.max(0, text.lastIndexOf(' obj', match.index)), match.index + 2_000);
      return [
        {
          subFilter: /\/SubFilter\s*\/([\w.]+)/u.exec(around)?.[1] ?? '',
          signedBytes: Buffer.concat([pdf.subarray(start, start + length), pdf.subarray(next, next + rest)]),
          cms: withoutPadding(Buffer.from(hexadecimal, 'hex')),
          coversUntil: next + rest,
        },
      ];
    })
    .toSorted((a, b) => a.coversUntil - b.coversUntil);
}

/** The DER value at the start, without the zeros that fill its place in the file. */
function withoutPadding(padded: Buffer): Buffer {
  const first = padded[1] ?? 0;
  if (first < 0x80) return padded.subarray(0, 2 + first);
  const size = first & 0x7f;
  return padded.subarray(0, 2 + size + padded.readUIntBE(2, size));
}

/** OpenSSL and GnuTLS check the signed bytes and the path to the root; throws with what they say otherwise. */
export function verifySignature(signature: CutSignature, trust: Readonly<{ root: string; chain: string }>): void {
  inFolder((folder) => {
    const cms = path.join(folder, 'signature.der');
    const data = path.join(folder, 'signed.bin');
    writeFileSync(cms, signature.cms);
    writeFileSync(data, signature.signedBytes);
    if (signature.subFilter === 'ETSI.RFC3161') {
      const token = ['-token_in', '-in', cms, '-data', data];
      run('openssl', ['ts', '-verify', ...token, '-CAfile', trust.root, '-untrusted', trust.chain]);
      return;
    }
    const content = ['-inform', 'DER', '-in', cms, '-content', data, '-binary', '-out', '/dev/null'];
    run('openssl', ['cms', '-verify', ...content, '-CAfile', trust.root, '-certfile', trust.chain, '-purpose', 'any']);
    const judged = ['--inder', '--infile', cms, '--load-data', data, '--load-ca-certificate', trust.root];
    run('certtool', ['--p7-verify', ...judged]);
  });
}

export type PdfsigReport = Readonly<{
  signatures: number;
  valid: number;
  lastCoversAll: boolean;
  signers: readonly string[];
}>;

export function readPdfsig(pdf: Buffer): PdfsigReport {
  const report = withFile(pdf, (file) => run('pdfsig', ['-nocert', file]));
  const signers = [...report.matchAll(/Signer Certificate Common Name: (.*)$/gmu)].map((match) => match[1] ?? '');
  const parts = report.split(/Signature #\d+:/u).slice(1);
  return {
    signatures: parts.length,
    valid: parts.filter((part) => part.includes('Signature Validation: Signature is Valid.')).length,
    lastCoversAll: parts.at(-1)?.includes('Total document signed') === true,
    signers,
  };
}

/** Throws with qpdf's complaints. */
export function checkWithQpdf(pdf: Buffer): void {
  withFile(pdf, (file) => run('qpdf', ['--check', file]));
}

const repository = path.join(import.meta.dirname, '..', '..');
const schemaFiles = {
  eni: 'eni/documentoEni.xsd',
  sicres: 'sicres4/2021-SICRES4_INTERCAMBIO_APL.xsd',
} as const;

/** Complaints of xmllint against the official schema; empty: valid. */
export function schemaComplaints(xml: Buffer, kind: keyof typeof schemaFiles): string {
  const schema = path.join(repository, 'resources/schemas', schemaFiles[kind]);
  return withFile(xml, (file) => {
    const { status, stderr } = spawnSync('xmllint', ['--noout', '--nonet', '--huge', '--schema', schema, file], {
      encoding: 'utf8',
    });
    return status === 0 ? '' : stderr;
  });
}

/** Text of the first node that the XPath finds. */
export function readXml(xml: Buffer, xpath: string): string {
  return withFile(xml, (file) => run('xmllint', ['--huge', '--xpath', `string(${xpath})`, file])).trim();
}

/** Local name of an element wherever it is in the XML, whatever its prefix. */
export const element = (name: string): string => `//*[local-name()="${name}"]`;

export function sharedFolder(name: string): string | null {
  const folder = path.join(repository, '..', 'shared', name);
  return existsSync(folder) ? folder : null;
}

function run(program: string, commandArguments: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, [...commandArguments], {
    encoding: 'utf8',
    maxBuffer: 1 << 27,
  });
  if (status !== 0) throw new Error(`${program} ended with ${String(status)}: ${stdout}${stderr}`);
  return stdout;
}

function withFile<Result>(content: Buffer, task: (file: string) => Result): Result {
  return inFolder((folder) => {
    const file = path.join(folder, 'file');
    writeFileSync(file, content);
    return task(file);
  });
}

function inFolder<Result>(task: (folder: string) => Result): Result {
  const folder = mkdtempSync(path.join(tmpdir(), 'ventanilla-validators-'));
  try {
    return task(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
