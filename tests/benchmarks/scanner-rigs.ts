import { fork } from 'node:child_process';
import { once } from 'node:events';
import { linkSync, readdirSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import type { ScanProfile } from '../../core/contract/schemas/scan-profile.ts';
import { startNodeBridge } from '../../core/devices/node-bridge-channel.ts';
import { createScannerClient } from '../../core/devices/scanner/scanner-client.ts';
import type { ScannerPort } from '../../core/services/ports/scanner.ts';
import { createSaneBench } from '../../native/twain-scanner-bridge/sane-bench.ts';
import { esclEnvironment } from '../../native/twain-scanner-bridge/testing/escl-bench.ts';
import { createTwainBench } from '../../native/twain-scanner-bridge/twain-bench.ts';
import type { DeskRig } from '../integration/desk-rig.ts';

/* A scanner for each driver with a stack of A4 in colour at 300 dots per inch, and the bridge that reaches it. */

const bridgeFolder = path.join(import.meta.dirname, '..', '..', 'native', 'twain-scanner-bridge');
export const width = 2480;
export const height = 3508;

export const colorProfile: ScanProfile = {
  id: 'color-300',
  version: 1,
  title: 'Color',
  source: 'feeder',
  dpi: 300,
  colorMode: 'color',
  areaMm: { width: 210, height: 297 },
  image: {
    straighten: true,
    crop: true,
    turnUpright: true,
    background: 'whiten',
    dropBlankSides: false,
    jpegQuality: 75,
  },
  digest: '0'.repeat(64),
};

export type ScannerRig = Readonly<{
  deviceId: string;
  entry: string;
  environment: Readonly<Record<string, string | undefined>>;
  close(): Promise<void> | void;
}>;

/** The demonstration's feeder over SANE's `pnm`: one file under as many names as there are pages. */
export function openSane(pages: number): ScannerRig {
  const bench = createSaneBench();
  bench.setBackends(['pnm']);
  const samples = Buffer.alloc(width * height * 3);
  for (let at = 0; at < samples.length; at += 1) samples[at] = (at * 31 + (at >> 9)) & 0xff;
  bench.queue('0001.pnm', Buffer.concat([Buffer.from(`P6\n${width} ${height}\n255\n`), samples]));
  const queue = path.join(bench.folder, 'feeder', 'queue');
  for (let page = 2; page <= pages; page += 1)
    linkSync(path.join(queue, '0001.pnm'), path.join(queue, `${String(page).padStart(4, '0')}.pnm`));
  return {
    deviceId: 'pnm:0',
    entry: path.join(bridgeFolder, 'main.ts'),
    environment: bench.environment,
    close: bench.remove,
  };
}

/** A device in a process of its own. `fault`: of testing/escl-server.ts, at the second page. */
export async function openEscl(pages: number, fault = 'none'): Promise<ScannerRig> {
  const device = fork(path.join(bridgeFolder, 'testing', 'escl-device.ts'), [String(pages), fault], { execArgv: [] });
  const [url] = (await once(device, 'message')) as [string];
  return {
    deviceId: `escl:${url}`,
    entry: path.join(bridgeFolder, 'main.ts'),
    environment: { ...process.env, ...esclEnvironment({ devices: [{ url, fingerprint: null }] }) },
    close: () => device.disconnect(),
  };
}

/** `settings`: of the simulator (native/twain-scanner-bridge/README.md). */
export function openTwain(settings: Readonly<Record<string, string | number>>): ScannerRig {
  const bench = createTwainBench();
  return {
    deviceId: 'twain:Simulador de escáner',
    entry: path.join(bridgeFolder, 'testing', 'twain-bridge.ts'),
    environment: {
      ...process.env,
      ...bench.environment,
      VENTANILLA_TWAIN_SIMULATOR: bench.simulator({ log: '', ...settings }),
      VENTANILLA_TEST_RUNNER: bench.driver.listCommand([]).file,
    },
    close: bench.remove,
  };
}

export function connect(rig: ScannerRig): ScannerPort {
  return createScannerClient({
    spawnBridge: () => startNodeBridge({ entry: rig.entry, environment: rig.environment }),
  });
}

/** A sheet for the feeder of the demonstration office, of the size of a real one. */
export async function drawSheet(rig: DeskRig): Promise<string> {
  const paper = path.join(rig.paths.root, 'paper.png');
  const image = sharp(rig.pages[0]).resize(width, height, { fit: 'fill' });
  await image.withMetadata({ density: colorProfile.dpi }).png().toFile(paper);
  return paper;
}

/** The same sheet under as many names as there are sheets. */
export async function loadStack(rig: DeskRig, paper: string, sheets: number): Promise<void> {
  await rig.office.feed.emptyFeeder();
  await rig.office.feed.loadFeeder([paper]);
  const queue = path.join(rig.paths.scanner, 'sane', 'feeder', 'queue');
  const [first = ''] = readdirSync(queue);
  for (let sheet = 2; sheet <= sheets; sheet += 1)
    linkSync(path.join(queue, first), path.join(queue, `9${String(sheet).padStart(4, '0')}.pnm`));
}
