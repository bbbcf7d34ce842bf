import type { NetworkScanners } from '../../../core/contract/schemas/network-scanners.ts';
import type { BrokerLink } from './broker-link.ts';
import { readCapabilities, type Capabilities } from './capabilities.ts';
import { createDeviceLink } from './device-link.ts';
import { discover, type Announced } from './dns-sd.ts';
import { normaliseUrl, pinnedFingerprint } from './network-scanners.ts';
import { deviceIdPrefix } from './scan.ts';
import { askStatus } from './scan-job.ts';
import { feederState } from './status.ts';
import { EsclStop } from './stop.ts';

type Candidate = Readonly<{ url: string; name: string; model: string }>;

/** A device that is asleep answers slower than this only by its network card, which wakes it. */
const answerLimit = 4_000;

/** Tells the devices of the settings that answer, and those that announce themselves. */
export async function listDevices(broker: BrokerLink, settings: NetworkScanners): Promise<void> {
  const announced = await discover(settings.discovery, broker.signal);
  const candidates = chooseCandidates(announced, settings);
  await Promise.all(candidates.map((candidate) => tellDevice(broker, candidate, settings)));
  await broker.tell({ event: 'end' });
}

/** One address for each device: that of the settings; else https where its certificate is pinned; else plain http. */
export function chooseCandidates(announced: readonly Announced[], settings: NetworkScanners): readonly Candidate[] {
  const given = settings.devices.map(({ url }) => normaliseUrl(url));
  const byDevice = new Map<string, Announced>();
  for (const each of announced) {
    const rank = (one: Announced) => {
      if (given.includes(one.url)) return 3;
      if (!one.isSecure) return 1;
      return pinnedFingerprint(settings, one.url) === null ? 0 : 2;
    };
    const known = byDevice.get(each.identity);
    if (known === undefined || rank(each) > rank(known)) byDevice.set(each.identity, each);
  }
  const found = [...byDevice.values()].map(({ url, name, model }) => ({ url, name, model }));
  // A device that announces plain http only is still the one that the settings give by its https address.
  const givenHosts = new Set(given.map((url) => new URL(url).hostname));
  const others = found.filter(({ url }) => !given.includes(url) && !givenHosts.has(new URL(url).hostname));
  return [
    ...given.map((url) => found.find((each) => each.url === url) ?? { url, name: '', model: '' }),
    ...others,
  ].toSorted((a, b) => (a.url < b.url ? -1 : 1));
}

async function tellDevice(broker: BrokerLink, candidate: Candidate, settings: NetworkScanners): Promise<void> {
  const { url, name } = candidate;
  const link = createDeviceLink(url, pinnedFingerprint(settings, url));
  try {
    const { capabilities, feeder } = await ask(link, broker.signal);
    await broker.tell({
      event: 'device',
      deviceId: `${deviceIdPrefix}${url}`,
      maker: capabilities?.maker ?? '',
      model: capabilities?.model || candidate.model || name || new URL(url).hostname,
      serial: capabilities?.serial ?? '',
      sources: capabilities === null ? [] : Object.keys(capabilities.sources),
      feeder,
      // Of a device that announces no name, SANE tells the address.
      otherNames: [new URL(url).host, name === '' ? new URL(url).hostname : name],
    });
  } catch (error) {
    // It does not answer, or not as a scanner does: it is not there.
    if (!(error instanceof EsclStop)) throw error;
  } finally {
    link.close();
  }
}

/** Without capabilities where the device is there and refuses: the scan will say why. */
async function ask(
  link: ReturnType<typeof createDeviceLink>,
  signal: AbortSignal,
): Promise<{ capabilities: Capabilities | null; feeder: ReturnType<typeof feederState> }> {
  try {
    const answer = await link.ask({ method: 'GET', path: 'ScannerCapabilities', signal, limit: answerLimit });
    if (answer.status === 401 || answer.status === 403) return { capabilities: null, feeder: null };
    if (answer.status !== 200) throw new EsclStop('FAILED', 'ScannerCapabilities');
    const capabilities = readCapabilities(answer.body);
    const feeder = await askStatus(link, signal, null).then(feederState, () => null);
    return { capabilities, feeder };
  } catch (error) {
    if (error instanceof EsclStop && error.status === 'UNTRUSTED') return { capabilities: null, feeder: null };
    throw error;
  }
}
