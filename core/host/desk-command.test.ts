import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDesk, openDesk } from '../store/open-desk.ts';
import { settableClock } from '../store/store-fixture.ts';
import type { HostSettings } from './settings.ts';

/* The command as an administrator gives it. */

const command = fileURLToPath(new URL('./desk-command.ts', import.meta.url));
const clock = settableClock('2026-11-20T09:42:07Z');
const passphrase = 'la frase de cada día';
const newPassphrase = 'otra frase de cada día';

let parent: string;
let copies: string;
let recoveryKey: string;

beforeEach(async () => {
  parent = mkdtempSync(join(tmpdir(), 'ventanilla-desk-command-'));
  copies = join(parent, 'copies');
  mkdirSync(copies);
  writeSettings('desk');
  writeSettings('restored');
  const folder = join(parent, 'desk');
  ({ recoveryKey } = await createDesk({ folder, secret: secretOf(passphrase), clock }));
  const desk = await openDesk({ folder, secret: secretOf(passphrase), clock });
  for (const text of ['uno', 'dos', 'tres']) await desk.blobs.put(Buffer.from(text), 'text/plain');
  await desk.store.close();
});
afterEach(() => {
  rmSync(parent, { recursive: true, force: true });
});

function secretOf(text: string) {
  return { kind: 'passphrase' as const, passphrase: new TextEncoder().encode(text) };
}

function writeSettings(name: string): void {
  const settings: Omit<HostSettings, 'timeServers' | 'textRecognition' | 'desk'> & { desk: object } = {
    dataFolder: join(parent, name),
    exportFolder: join(parent, 'exports'),
    logFolder: join(parent, 'log'),
    desk: {
      isDemonstration: false,
      officeCode: 'O00009999',
      deskNumber: '03',
      extraEmployeePolicies: [],
      timestampUrls: [],
      verificationCodePrefix: 'VEN',
      verificationCodeRegulation: '',
    },
    // Nobody listens there.
    centreUrl: 'http://127.0.0.1:1',
    cardModules: null,
    scannerEnvironment: {},
    networkScanners: { discovery: [], devices: [] },
  };
  writeFileSync(settingsOf(name), JSON.stringify(settings));
}

const settingsOf = (name: string) => join(parent, `${name}.json`);

function run(order: readonly string[], lines: readonly string[] = []) {
  const input = lines.map((line) => `${line}\n`).join('');
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...order], { input, encoding: 'utf8' });
  // Neither a code of ours nor a stack, in whatever language.
  expect(stdout + stderr).not.toMatch(/Error\b|node:|[a-z]+\.[a-z]+[A-Z]/u);
  return { status, text: stdout + stderr };
}

const backUp = (lines: readonly string[] = [passphrase], to = copies) =>
  run(['backup', '--settings', settingsOf('desk'), '--to', to], lines);
const restoreOrder = () => ['restore', '--settings', settingsOf('restored'), '--from', copies] as const;

function refusal(sentence: string) {
  return { status: 1, text: expect.stringContaining(sentence) };
}

test('a desk is copied, and made again on another machine from the copy', async () => {
  expect(backUp()).toMatchObject({ status: 0, text: expect.stringContaining('3 documentos, 3 nuevos') });
  const restored = run(restoreOrder(), [recoveryKey, newPassphrase]);
  expect(restored).toMatchObject({ status: 0, text: expect.stringContaining('Puesto recuperado de la copia') });
  const desk = await openDesk({ folder: join(parent, 'restored'), secret: secretOf(newPassphrase), clock });
  await desk.store.close();
  // What is there is never written over.
  expect(run(restoreOrder(), [recoveryKey, newPassphrase])).toMatchObject(refusal('ya hay uno y no se toca'));
});

test('what a copy lacks is said in a sentence with the next step', () => {
  expect(backUp(['otra cosa'])).toMatchObject(refusal('La frase de paso no es correcta'));
  expect(backUp([])).toMatchObject(refusal('Falta la frase de paso en la entrada estándar'));
  expect(backUp([passphrase], join(parent, 'nowhere'))).toMatchObject(refusal('No se llega a la carpeta de la copia'));
  expect(readdirSync(copies)).toEqual([]);
  const settings = (file: string) => run(['backup', '--settings', file, '--to', copies], [passphrase]);
  expect(settings(join(parent, 'none.json'))).toMatchObject(refusal('none.json» no existe'));
  writeFileSync(settingsOf('empty'), '{}');
  expect(settings(settingsOf('empty'))).toMatchObject(refusal('falta o no vale «dataFolder»'));
});

test('what a restoration lacks is said in a sentence, and no desk is there then', () => {
  expect(run(restoreOrder(), [recoveryKey, newPassphrase])).toMatchObject(refusal('no hay ninguna copia completa'));
  expect(backUp().status).toBe(0);
  const wrongKey = recoveryKey.replace(/.$/u, (sign) => (sign === 'A' ? 'B' : 'A'));
  expect(run(restoreOrder(), [wrongKey, newPassphrase])).toMatchObject(refusal('grupo a grupo'));
  expect(run(restoreOrder(), [recoveryKey, 'corta'])).toMatchObject(refusal('doce caracteres o más'));
  const [copy = ''] = readdirSync(copies, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('desk.db'),
  );
  const bytes = readFileSync(join(copies, copy));
  bytes[4_000] = (bytes[4_000] ?? 0) ^ 1;
  writeFileSync(join(copies, copy), bytes);
  expect(run(restoreOrder(), [recoveryKey, newPassphrase])).toMatchObject(refusal('La copia está dañada'));
  expect(existsSync(join(parent, 'restored', 'key.json'))).toBe(false);
  const again = ['enrol-again', '--settings', settingsOf('restored')];
  expect(run(again, ['AAAAA-BBBBB', recoveryKey, newPassphrase])).toMatchObject(refusal('No hay línea'));
  expect(existsSync(join(parent, 'restored', 'key.json'))).toBe(false);
});

test('told to stop, a restoration ends without a desk and can be repeated', async () => {
  expect(backUp().status).toBe(0);
  const [first = ''] = readdirSync(copies, { recursive: true, encoding: 'utf8' })
    .filter((name) => /blobs\/[0-9a-f]{2}\/[0-9a-f]{62}$/u.test(name))
    .toSorted();
  const path = join(copies, first);
  const whole = readFileSync(path);
  // The command waits at it until somebody writes.
  rmSync(path);
  execFileSync('mkfifo', [path]);
  const running = spawn(process.execPath, [command, ...restoreOrder()], { stdio: ['pipe', 'ignore', 'pipe'] });
  running.stdin.end(`${recoveryKey}\n${newPassphrase}\n`);
  let said = '';
  running.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = once(running, 'exit');
  // Opens when the command has opened its end.
  const pipe = await open(path, 'w');
  running.kill('SIGINT');
  await pipe.close();
  expect((await ended)[0]).toBe(1);
  expect(said).toContain('Se ha cancelado');
  expect(existsSync(join(parent, 'restored', 'key.json'))).toBe(false);
  rmSync(path);
  writeFileSync(path, whole);
  expect(run(restoreOrder(), [recoveryKey, newPassphrase]).status).toBe(0);
});
