import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signPdf } from '../signing/pades.ts';
import { createTestAuthority } from '../signing/testing/authority.ts';
import type { TestAuthority } from '../signing/testing/authority.ts';
import { makeTinyPdf } from '../signing/testing/tiny-pdf.ts';

let authority: TestAuthority;
let folder: string;

beforeAll(async () => {
  authority = createTestAuthority();
  folder = mkdtempSync(join(tmpdir(), 'ventanilla-verify-'));
  const { pdf } = await signPdf(makeTinyPdf('hola'), {
    signer: authority.signer('officer', 'rsa-sha256'),
    signingTime: new Date('2026-03-04T10:20:30Z'),
  });
  writeFileSync(join(folder, 'firmado.pdf'), pdf);
  writeFileSync(join(folder, 'roto.pdf'), Buffer.from(pdf.toString('latin1').replace('(hola)', '(Hola)'), 'latin1'));
  writeFileSync(join(folder, 'nota.txt'), 'hola');
}, 60_000);
afterAll(() => {
  authority.dispose();
  rmSync(folder, { recursive: true, force: true });
});

function verify(
  ...options: readonly string[]
): Readonly<{ status: number | null; lines: readonly unknown[]; told: string }> {
  const command = join(import.meta.dirname, 'verify-command.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...options], {
    cwd: folder,
    encoding: 'utf8',
  });
  const lines = options.includes('--json')
    ? stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line): unknown => JSON.parse(line))
    : [];
  return { status, lines, told: stdout + stderr };
}

describe('the command', () => {
  it('writes one line for each file and ends well whatever the verdicts', () => {
    const { status, lines } = verify('firmado.pdf', 'roto.pdf', 'nota.txt', '--json');
    expect(status).toBe(0);
    expect(lines).toMatchObject([
      {
        file: 'firmado.pdf',
        format: 'pdf',
        verdict: 'indeterminate',
        subIndication: 'NO_CERTIFICATE_CHAIN_FOUND',
        signatures: [
          {
            signer: 'ANA PRUEBAS EJEMPLO - DNI 99999999R',
            issuer: 'AC Empleados de pruebas',
            signingTime: '2026-03-04T10:20:30.000Z',
            level: 'B-B',
            coversWholeFile: true,
            modificationsAfter: 'none',
            timestamps: [],
            reasons: ['issuerNotTrusted'],
          },
        ],
      },
      { file: 'roto.pdf', verdict: 'failed', subIndication: 'HASH_FAILURE' },
      { file: 'nota.txt', format: 'unknown', verdict: 'no-signature', signatures: [] },
    ]);
  });

  it('takes authorities from a file or a folder, and revocation from a folder', () => {
    writeFileSync(join(folder, 'sub.crl'), authority.crl());
    const trusting = (trust: string): unknown =>
      verify('firmado.pdf', '--trust', trust, '--cache', folder, '--json').lines[0];
    expect(trusting(join(authority.folder, 'root.pem'))).toMatchObject({
      verdict: 'passed',
      signatures: [{ revocation: { status: 'good' } }],
    });
    expect(trusting(authority.folder)).toMatchObject({ verdict: 'passed' });
  });

  it('judges at the moment asked for', () => {
    const { lines } = verify(
      'firmado.pdf',
      '--trust',
      join(authority.folder, 'root.pem'),
      '--at',
      '2090-01-01',
      '--json',
    );
    expect(lines).toMatchObject([{ verdict: 'indeterminate', subIndication: 'OUT_OF_BOUNDS_NO_POE' }]);
  });

  it('ends with 2 for a file that cannot be read, after the others', () => {
    const { status, lines } = verify('falta.pdf', 'nota.txt', '--json');
    expect(status).toBe(2);
    expect(lines).toMatchObject([{ file: 'nota.txt' }]);
    expect(verify().status).toBe(2);
    expect(verify('nota.txt', '--at', 'ayer').status).toBe(2);
    expect(verify('nota.txt', '--trust', 'nota.txt').status).toBe(2);
  });

  it('tells a person what is wrong', () => {
    const { told } = verify('roto.pdf');
    expect(told).toContain('roto.pdf: NO VÁLIDO (HASH_FAILURE)');
    expect(told).toContain('El contenido no es el que se firmó.');
  });
});
