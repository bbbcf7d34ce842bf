import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ScanProfile } from '../../contract/schemas/scan-profile.ts';
import type { ScanEvent, ScannerPort } from '../../services/ports/scanner.ts';
import { startNodeBridge } from '../node-bridge-channel.ts';
import { createScannerClient } from './scanner-client.ts';

// The real bridge, on real drivers, is in demo/scanner/scanning.test.ts. Here are bridges that have lost their mind.

const profile: ScanProfile = {
  id: 'gris-200',
  version: 1,
  title: 'Gris',
  source: 'feeder',
  dpi: 200,
  colorMode: 'gray',
  areaMm: { width: 210, height: 297 },
  image: {
    straighten: true,
    crop: true,
    turnUpright: true,
    background: 'whiten',
    dropBlankSides: true,
    jpegQuality: 75,
  },
  digest: '0'.repeat(64),
};

let folder = '';
let scanner: ScannerPort;
let log: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ventanilla-bridge-'));
  log = [];
});
afterEach(async () => {
  await scanner.close();
  rmSync(folder, { recursive: true, force: true });
});

/** `answer`: body of a function of (request, send). */
function useBridge(answer: string): void {
  const entry = join(folder, 'bridge.mjs');
  writeFileSync(
    entry,
    `const send = (message) => process.send(message);
    process.on('message', (request) => { ${answer} });
    process.on('disconnect', () => process.exit(0));`,
  );
  scanner = createScannerClient({ spawnBridge: () => startNodeBridge({ entry }), log: (line) => log.push(line.event) });
}

async function scan(signal: AbortSignal = new AbortController().signal): Promise<ScanEvent[]> {
  const events: ScanEvent[] = [];
  for await (const event of scanner.scan({ deviceId: 'pnm:0', profile, signal })) events.push(event);
  return events;
}

const pageOfTwoRows = `
  send({ type: 'pageStarted', scanId, sequence: 1, widthPixels: 3, heightPixels: 2, dpi: 200, colorMode: 'gray' });
  send({ type: 'strip', scanId, offset: 0, bytes: new Uint8Array(6) });`;

test('a bridge that speaks nonsense is started again, and whoever waited gets a typed error', async () => {
  useBridge(`send({ type: 'devices', requestId: request.requestId, devices: 'none' });`);
  await expect(scanner.listDevices()).rejects.toMatchObject({ code: 'scanner.driverCrashed' });
  expect(log).toEqual(['bridgeNonsense', 'bridgeExit']);
});

test('a page with another digest than its bytes never arrives', async () => {
  useBridge(`const { scanId } = request;
    if (request.type === 'nextPage') {${pageOfTwoRows}
      send({ type: 'pageEnded', scanId, sequence: 1, rows: 2, sha256: 'a'.repeat(64) });
    }`);
  expect(await scan()).toEqual([
    { type: 'pageStarted', sequence: 1 },
    { type: 'progress', sequence: 1, fraction: 1 },
    { type: 'stopped', pages: 0, code: 'scanner.failed' },
  ]);
});

test('a bridge that claims pages which never came is not believed', async () => {
  useBridge(`const { scanId } = request;
    const settings = { deviceId: 'pnm:0', maker: '', model: '', driver: 'sane', dpi: 200, colorMode: 'gray', source: 'feeder' };
    if (request.type === 'nextPage') send({ type: 'finished', scanId, pages: 3, settings });`);
  expect(await scan()).toEqual([{ type: 'stopped', pages: 0, code: 'scanner.failed' }]);
});

test('a bridge that does not answer a cancellation is not waited for', async () => {
  useBridge(`const { scanId } = request;
    if (request.type === 'nextPage') {${pageOfTwoRows}}`);
  const abort = new AbortController();
  const events: ScanEvent[] = [];
  for await (const event of scanner.scan({ deviceId: 'pnm:0', profile, signal: abort.signal })) {
    events.push(event);
    if (event.type === 'progress') abort.abort();
  }
  expect(events.at(-1)).toEqual({ type: 'stopped', pages: 0, code: 'scanner.cancelled' });
});

test('closing ends what is running', async () => {
  useBridge(`const { scanId } = request;
    if (request.type === 'nextPage') {${pageOfTwoRows}}`);
  const events: ScanEvent[] = [];
  for await (const event of scanner.scan({ deviceId: 'pnm:0', profile, signal: new AbortController().signal })) {
    events.push(event);
    if (event.type === 'progress') await scanner.close();
  }
  expect(events.at(-1)).toEqual({ type: 'stopped', pages: 0, code: 'request.cancelled' });
});
