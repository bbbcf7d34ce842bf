import { afterEach, beforeEach, expect, test } from 'vitest';
import { createEsclServer, type EsclServer } from '../testing/escl-server.ts';
import type { JobChoice } from './capabilities.ts';
import { createDeviceLink, type DeviceLink } from './device-link.ts';
import { ordinaryJobTiming, startJob, type JobTiming, type ScanJob } from './scan-job.ts';

// The patience of a real scan is a matter of minutes; here it is shortened.

let server: EsclServer;
let link: DeviceLink;
const controller = new AbortController();
const choice: JobChoice = {
  source: 'feeder',
  colorMode: 'gray',
  dpi: 100,
  format: 'image/jpeg',
  x: 0,
  width: 600,
  height: 600,
  compression: null,
  preview: null,
};

beforeEach(async () => {
  server = await createEsclServer();
  server.load(2);
  link = createDeviceLink(server.url, null);
});
afterEach(async () => {
  link.close();
  await server.close();
});

function start(timing: Partial<JobTiming>): Promise<ScanJob> {
  const { signal } = controller;
  return startJob({ link, choice, signal, timing: { ...ordinaryJobTiming, ...timing }, onBytes: () => undefined });
}

test('a device that says «not yet» again and again is asked again and again, and busy in the end', async () => {
  server.fail('neverReady', 2);
  const job = await start({ patience: 600, pause: 50 });
  expect((await job.nextPage())?.length).toBeGreaterThan(0);
  await expect(job.nextPage()).rejects.toMatchObject({ status: 'BUSY' });
  expect(server.asked.filter((line) => line.endsWith('/NextDocument')).length).toBeGreaterThan(3);
});

test('a device that says «not yet» and then has the page gives it', async () => {
  server.fail('neverReady', 1);
  const job = await start({ patience: 30_000, pause: 50 });
  const page = job.nextPage();
  const asked = () => server.asked.filter((line) => line.endsWith('/NextDocument')).length;
  await expect.poll(asked, { timeout: 25_000 }).toBeGreaterThanOrEqual(3);
  server.fail('none');
  expect((await page)?.length).toBeGreaterThan(0);
});

test('a page that arrives for ever is given up, however regularly its bytes come', async () => {
  server.fail('trickle', 1);
  const job = await start({ page: 1_000 });
  await expect(job.nextPage()).rejects.toMatchObject({ status: 'TIMED_OUT' });
});
