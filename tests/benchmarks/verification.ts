import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { readCertificate } from '../../core/documents/signing/certificate.ts';
import { readSignedData } from '../../core/documents/signing/cms-reader.ts';
import { requestOcsp } from '../../core/documents/signing/ocsp.ts';
import { completePdf } from '../../core/documents/signing/pades-completion.ts';
import { signPdf } from '../../core/documents/signing/pades.ts';
import { openPdf } from '../../core/documents/signing/pdf-reader.ts';
import { readSignatures } from '../../core/documents/signing/pdf-signatures.ts';
import { createPdfUpdate } from '../../core/documents/signing/pdf-update.ts';
import { createTestAuthority } from '../../core/documents/signing/testing/authority.ts';
import type { TestAuthority } from '../../core/documents/signing/testing/authority.ts';
import { makeTinyPdf } from '../../core/documents/signing/testing/tiny-pdf.ts';
import { requestTimestamp } from '../../core/documents/signing/timestamp.ts';
import { plainAnchor } from '../../core/documents/signing/trust-evaluation.ts';
import { verifyPdfAgainst } from '../../core/documents/signing/verify.ts';
import { createVerifier } from '../../core/documents/verification/verifier.ts';

/*
 * Verification of a PDF of 1 MB with one B-LT signature, in this process and through the thread with limits, against
 * pdfsig and openssl cms on the same bytes. The peers start a process each time, as whoever calls them must.
 */
const documentBytes = 1_000_000;
const warmUp = 20;
const rounds = 60;
const aimMilliseconds = 30;

const authority = createTestAuthority();
try {
  await measure(authority);
} finally {
  authority.dispose();
}

async function measure(pki: TestAuthority): Promise<void> {
  const pdf = await makeDocument(pki);
  const at = new Date(Date.now() + 60_000);
  const trust = { anchors: [plainAnchor(pki.root)], at, ocsps: [], crls: [] };
  const verification = verifyPdfAgainst(pdf, trust);
  if (verification.verdict !== 'passed') throw new Error(`not passed: ${verification.reasons.join(', ')}`);
  const verifier = createVerifier({
    sources: {
      authorities: [pki.root],
      lists: [],
      listSigners: [],
      at: at.getTime(),
      cacheFolder: null,
      isOnline: false,
    },
  });
  const ours = await median(() => verifyPdfAgainst(pdf, trust));
  const threaded = await median(() => verifier.verify(pdf));
  await verifier.close();
  const files = writeFiles(pki, pdf);
  const pdfsig = await median(() => run('pdfsig', ['-nocert', files.pdf]));
  const openssl = await median(() =>
    run('openssl', [
      'cms',
      '-verify',
      '-binary',
      '-inform',
      'DER',
      '-in',
      files.cms,
      '-content',
      files.content,
      '-CAfile',
      files.root,
      '-purpose',
      'any',
      '-out',
      '/dev/null',
    ]),
  );
  print('verification in the process', ours, ours);
  print('verification in the thread with limits', threaded, ours);
  print('pdfsig (process)', pdfsig, ours);
  print('openssl cms -verify (process)', openssl, ours);
  process.stdout.write(`PDF of ${pdf.length} bytes, aim ${aimMilliseconds} ms, load ${loadavg()[0]?.toFixed(1)}\n`);
}

async function makeDocument(pki: TestAuthority): Promise<Buffer> {
  const file = openPdf(makeTinyPdf('solicitud'));
  const update = createPdfUpdate(file);
  const image = update.addStream(new Map(), randomBytes(documentBytes), 'none');
  update.set(file.rootReference, new Map([...file.root, ['PieceInfo', image]]));
  const document = Buffer.concat([file.bytes, update.finish().tail]);
  const { pdf } = await signPdf(document, {
    signer: pki.signer('officer', 'rsa-sha256'),
    signingTime: new Date(),
    timestamp: (imprint) => requestTimestamp({ url: 'http://tsa.test/', fetchBytes: pki.fetchBytes, ...imprint }),
  });
  const { response } = await requestOcsp({
    url: 'http://ocsp.test/',
    certificate: readCertificate(pki.certificate('officer')),
    issuer: readCertificate(pki.intermediate),
    at: new Date(Date.now() + 1000),
    fetchBytes: pki.fetchBytes,
  });
  return (await completePdf(pdf, { certificates: [pki.intermediate, pki.root], ocsps: [response], crls: [] })).pdf;
}

function writeFiles(pki: TestAuthority, pdf: Buffer): Readonly<Record<'pdf' | 'cms' | 'content' | 'root', string>> {
  const [signature] = readSignatures(pdf);
  if (signature?.byteRange === undefined || signature.byteRange === null) throw new Error('no signature');
  const [start, length, nextStart, nextLength] = signature.byteRange;
  const content = Buffer.concat([pdf.subarray(start, start + length), pdf.subarray(nextStart, nextStart + nextLength)]);
  const cms = signature.contents.subarray(0, readSignedData(signature.contents).encodedLength);
  const write = (name: string, bytes: Uint8Array): string => {
    const path = join(pki.folder, name);
    writeFileSync(path, bytes);
    return path;
  };
  return {
    pdf: write('measured.pdf', pdf),
    cms: write('measured.cms', cms),
    content: write('measured.content', content),
    root: join(pki.folder, 'root.pem'),
  };
}

function run(command: string, parameters: readonly string[]): void {
  const { status, stderr } = spawnSync(command, parameters, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
}

/** Median of the rounds, in milliseconds. */
async function median(work: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < warmUp + rounds; round += 1) {
    const start = performance.now();
    await work();
    if (round >= warmUp) times.push(performance.now() - start);
  }
  return times.toSorted((left, right) => left - right)[Math.floor(times.length / 2)] ?? 0;
}

function print(name: string, milliseconds: number, base: number): void {
  process.stdout.write(
    `${name.padEnd(42)} ${milliseconds.toFixed(1).padStart(7)} ms  ${(milliseconds / base).toFixed(2)} x\n`,
  );
}
