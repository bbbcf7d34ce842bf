import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeVerificationCode } from '../core/documents/verification-code.ts';
import { startCentreProcess } from './testing/centre-process.ts';
import type { CentreProcess } from './testing/centre-process.ts';
import { layEmptyDatabase } from './testing/embedded-centre.ts';
import { referenceFixture } from './testing/reference-fixture.ts';
import { createVisitor } from './testing/visitor.ts';

/* The command as an administrator starts it. */

let folder: string;
let processes: CentreProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ventanilla-central-'));
  processes = [];
});
afterEach(async () => {
  // A test that fails leaves nothing running.
  await Promise.all(processes.map((running) => running.end('SIGKILL')));
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

function start(...options: readonly string[]): CentreProcess {
  const running = startCentreProcess(join(folder, 'data'), ...options);
  processes.push(running);
  return running;
}

test('says where it is, gives enrolment codes, publishes, stops in order, and its log holds no code', async () => {
  const reference = join(folder, 'reference.json');
  writeFileSync(reference, JSON.stringify(referenceFixture()));
  const running = start('--reference', reference, '--enrol', 'O00009999:03', '--verbose');
  const url = await running.untilSays(/Registro central en (http:\/\/127\.0\.0\.1:\d+)/u);
  await running.untilSays(/Datos de referencia publicados: versión 1/u);
  await running.untilSays(/alta del puesto 03 de O00009999: [0-9A-Z-]{23} /u);
  running.type('alta O00009999 04');
  await running.untilSays(/alta del puesto 04 de O00009999: [0-9A-Z-]{23} /u);
  running.type('alta nowhere 4');
  await running.untilSays(/No se ha podido/u);
  const code = makeVerificationCode('VEN');
  expect((await createVisitor(url).verify(code)).status).toBe(404);
  await running.untilSays(/"route":"\/verificar\/:code"/u);
  expect(running.output()).not.toContain(code);
  expect(running.output()).not.toContain('pase=');
  expect(await running.end('SIGTERM')).toBe(0);
  expect(running.output()).toContain('Registro central detenido.');
});

test('killed and started again it has the same key, for its owner only', async () => {
  await layEmptyDatabase(join(folder, 'data'));
  const first = start();
  const publicKey = await first.untilSays(/Clave pública: (\S+)/u);
  await first.end('SIGKILL');
  const keyFile = join(folder, 'data', 'centre-key.pem');
  expect(statSync(keyFile).mode & 0o777).toBe(0o600);
  expect(readFileSync(keyFile, 'utf8')).toContain('PRIVATE KEY');
  const second = start();
  expect(await second.untilSays(/Clave pública: (\S+)/u)).toBe(publicKey);
  expect(await second.end('SIGTERM')).toBe(0);
});

test('encrypts with a key that is brought, and says in a sentence why it does not start with another', async () => {
  const [own, other] = [join(folder, 'own.key'), join(folder, 'other.key')];
  writeFileSync(own, `${'0a'.repeat(32)}\n`);
  writeFileSync(other, `${'0b'.repeat(32)}\n`);
  await layEmptyDatabase(join(folder, 'data'));
  const first = start('--data-key-file', own);
  await first.untilSays(/Registro central en/u);
  expect(await first.end('SIGTERM')).toBe(0);
  expect(existsSync(join(folder, 'data', 'data-key'))).toBe(false);
  for (const [options, sentence] of [
    [['--data-key-file', other], 'La clave de los datos no es la de este registro'],
    [['--data-key-file', join(folder, 'none.key')], 'No se puede abrir el archivo que se indicó con --data-key-file'],
    [[], 'Falta la clave de los datos'],
  ] as const) {
    const refused = start(...options);
    expect(await refused.ended()).toBe(1);
    expect(refused.output()).toContain(sentence);
    expect(refused.output()).not.toMatch(/ at |node_modules|0b0b/u);
  }
});

test('says in a sentence with the next step why it does not start', async () => {
  await layEmptyDatabase(join(folder, 'data'));
  const first = start();
  const port = await first.untilSays(/Registro central en http:\/\/127\.0\.0\.1:(\d+)/u);
  const [torn, wrong] = [join(folder, 'torn.json'), join(folder, 'wrong.json')];
  writeFileSync(torn, 'root:x:0:0');
  writeFileSync(wrong, JSON.stringify({ ...referenceFixture(), units: 'none' }));
  const nowhere = `postgresql://nobody@/nowhere?host=${encodeURIComponent(folder)}`;
  const other = ['--data', join(folder, 'other')];
  await layEmptyDatabase(join(folder, 'other'));
  for (const [options, sentence] of [
    [[...other, '--port', port], 'El puerto ya lo usa otro programa'],
    [[...other, '--database-url', nowhere], 'No se llega a la base de datos'],
    [[...other, '--reference', torn], `«${torn}» no son JSON`],
    [[...other, '--reference', wrong], `«${wrong}» no valen: «units»`],
    [[...other, '--reference', join(folder, 'none.json')], 'none.json» no existe'],
    [[...other, '--seal', join(folder, 'none')], 'seal-key.pem» no existe'],
    [[...other, '--checkpoints', 'O00009999:77'], 'no tiene ningún punto de control de «O00009999:77»'],
  ] as const) {
    const refused = start(...options);
    expect([options, await refused.ended()]).toEqual([options, 1]);
    expect(refused.output()).toContain(sentence);
    expect(refused.output()).not.toMatch(/Error\b| at |node_modules|root:x/u);
  }
  expect(await start('--enrol', 'nowhere').ended()).toBe(2);
});

test('explains itself when it is asked for something else', async () => {
  const running = start('--unknown');
  expect(await running.untilSays(/npm run central -- \[opciones\]/u)).not.toBe('');
  expect(running.output()).toContain('--database-url URL');
});
