import { createHash } from 'node:crypto';
import type { NetworkScanners } from '../../../core/contract/schemas/network-scanners.ts';
import type { BrokerLink } from './broker-link.ts';
import { colorModeNames, readCapabilities, type Capabilities, type JobChoice } from './capabilities.ts';
import { createDeviceLink, type DeviceLink } from './device-link.ts';
import { readImageHeader } from './image-header.ts';
import { pinnedFingerprint } from './network-scanners.ts';
import { checkImageInfo, checkPage } from './page-check.ts';
import { decodePage, isUniform } from './page-decoder.ts';
import { ordinaryJobTiming, refusal, startJob, type ScanJob } from './scan-job.ts';
import { EsclStop } from './stop.ts';

export const deviceIdPrefix = 'escl:';
/** Milliseconds between two signs of life while a page arrives. */
const signOfLife = 1_000;

/** `choose`: the job, of what the device can do. */
export async function scan(
  broker: BrokerLink,
  deviceId: string,
  choose: (capabilities: Capabilities) => JobChoice,
  settings: NetworkScanners,
): Promise<void> {
  const root = deviceId.slice(deviceIdPrefix.length);
  const link = createDeviceLink(root, pinnedFingerprint(settings, root));
  let stage = 'open';
  let job: ScanJob | null = null;
  try {
    const choice = choose(await openDevice(link, broker.signal));
    await broker.tell({ event: 'opened', dpi: choice.dpi, colorMode: choice.colorMode, source: describe(choice) });
    stage = 'start';
    await broker.untilPageIsAsked();
    job = await startJob({ link, choice, signal: broker.signal, timing: ordinaryJobTiming, onBytes: tellLife(broker) });
    stage = 'read';
    await scanStack(broker, job, choice);
    await broker.tell({ event: 'end' });
  } catch (error) {
    if (!(error instanceof EsclStop)) throw error;
    await broker.tell({ event: 'stopped', stage, status: error.status, option: error.option });
  } finally {
    await job?.end();
    link.close();
  }
}

async function openDevice(link: DeviceLink, signal: AbortSignal): Promise<Capabilities> {
  const { status, body } = await link.ask({ method: 'GET', path: 'ScannerCapabilities', signal });
  if (status !== 200) throw refusal(status, 'ScannerCapabilities');
  return readCapabilities(body);
}

/** The source in the protocol's own words. */
function describe({ source, colorMode, format }: JobChoice): string {
  const name = source === 'flatbed' ? 'Platen' : source === 'feeder' ? 'Feeder' : 'Feeder, Duplex';
  return `${name}, ${colorModeNames[colorMode]}, ${format}`;
}

/** The first page has been asked for. */
async function scanStack(broker: BrokerLink, job: ScanJob, choice: JobChoice): Promise<void> {
  let lastDigest = '';
  for (let sequence = 1; ; sequence += 1) {
    if (sequence > 1) await broker.untilPageIsAsked();
    if (sequence > 1 && choice.source === 'flatbed') return;
    const page = await job.nextPage();
    if (page === null) return;
    const header = readImageHeader(page);
    checkPage(header, choice);
    const info = await job.readImageInfo();
    if (info !== null) checkImageInfo(info, header);
    const samples = await decodePage(page, header, choice.colorMode);
    const digest = createHash('sha256').update(samples).digest('hex');
    // No sensor sees the same twice: some devices send a side again. Blank sides in black and white may be equal.
    if (digest === lastDigest && !isUniform(samples)) throw new EsclStop('REPEATED');
    lastDigest = digest;
    const { width, height } = header;
    const dpi = choice.preview === null ? choice.dpi : measureDpi(width, choice);
    await broker.tell({ event: 'pageStarted', sequence, width, height, dpi, colorMode: choice.colorMode });
    await broker.sendRows(samples);
    await broker.tell({ event: 'pageEnded', sequence, rows: height, bytes: samples.length });
  }
}

function measureDpi(pixels: number, { width }: JobChoice): number {
  return Math.max(1, Math.round((pixels * 300) / width));
}

function tellLife(broker: BrokerLink): () => void {
  let toldAt = 0;
  return () => {
    const now = performance.now();
    if (now - toldAt < signOfLife) return;
    toldAt = now;
    void broker.tell({ event: 'working' });
  };
}
