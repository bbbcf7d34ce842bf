import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { NetworkScanners } from '../../core/contract/schemas/network-scanners.ts';
import type { ScannerDevice } from '../../core/services/ports/scanner.ts';
import { createBrokerRig, type BrokerRig } from './broker-rig.ts';
import { esclDriver, esclEnvironment } from './testing/escl-bench.ts';
import { createEsclServer, type EsclServer } from './testing/escl-server.ts';
import { announce, type MdnsService } from './testing/mdns-responder.ts';

const stack = { source: 'feeder', dpi: 200, colorMode: 'gray', areaMm: { width: 85.6, height: 54 } } as const;
const discovery = ['127.0.0.1'];

vi.setConfig({ testTimeout: 60_000, hookTimeout: 30_000 });

let folder = '';
let secure: { key: string; cert: string };
let fingerprint = '';
const toClose: (() => Promise<void> | void)[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ventanilla-escl-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=escaner', '-days', '2', '-nodes'];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-keyout', key, '-out', cert, ...subject], {
    stdio: 'ignore',
  });
  secure = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  const printed = execFileSync('openssl', ['x509', '-in', cert, '-noout', '-fingerprint', '-sha256'], {
    encoding: 'utf8',
  });
  fingerprint = printed.split('=')[1]?.trim() ?? '';
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(async () => {
  for (const close of toClose.splice(0).toReversed()) await close();
  vi.unstubAllEnvs();
});

function open(settings: Partial<NetworkScanners>, poll?: number): BrokerRig {
  for (const [name, value] of Object.entries(esclEnvironment(settings))) vi.stubEnv(name, value);
  const rig = createBrokerRig({ drivers: [esclDriver], ...(poll === undefined ? {} : { timing: { poll } }) });
  toClose.push(() => rig.close());
  return rig;
}

async function serve(options: Parameters<typeof createEsclServer>[0] = {}): Promise<EsclServer> {
  const server = await createEsclServer(options);
  toClose.push(() => server.close());
  server.load(1);
  return server;
}

async function publish(services: readonly MdnsService[], isTerse = false): Promise<() => Promise<void>> {
  const withdraw = await announce(() => services, { isTerse });
  toClose.push(withdraw);
  return withdraw;
}

async function list(rig: BrokerRig): Promise<readonly ScannerDevice[]> {
  rig.forget();
  rig.receive({ type: 'list', requestId: 1 });
  await rig.until(() => rig.events.length > 0);
  return rig.ofType('devices')[0]?.devices ?? [];
}

const serviceOf = (
  server: EsclServer,
  type: MdnsService['type'] = '_uscan',
  name = 'Escáner 2.ª planta',
): MdnsService => ({
  name,
  type,
  port: server.port,
  texts: ['txtvers=1', 'rs=/eSCL/', 'ty=Banco', `UUID=${server.uuid}`],
});

test.each([
  ['at once', false],
  ['with its name alone at first', true],
])('a scanner that announces itself %s is found, and scans', async (_name, isTerse) => {
  const server = await serve();
  await publish([serviceOf(server)], isTerse);
  const rig = open({ discovery });
  expect(await list(rig)).toMatchObject([{ deviceId: `escl:${server.url}`, model: 'Ventanilla Banco eSCL' }]);
  expect(await rig.scan(stack, `escl:${server.url}`)).toMatchObject({ type: 'finished', pages: 1 });
});

test('an announcement that comes and goes is told without being asked', async () => {
  const server = await serve();
  let services: readonly MdnsService[] = [];
  toClose.push(await announce(() => services));
  const rig = open({ discovery }, 50);
  rig.receive({ type: 'watch', isOn: true });
  await rig.until(() => rig.ofType('devices').length === 1);
  services = [serviceOf(server)];
  await rig.until(() => rig.ofType('devices').length === 2);
  services = [];
  await rig.until(() => rig.ofType('devices').length === 3);
  expect(rig.ofType('devices').map(({ devices }) => devices.length)).toEqual([0, 1, 0]);
  // It rests four times as long as a look took, which on a busy machine is long.
}, 240_000);

test('an announcement that nobody stands behind is no scanner', async () => {
  const server = await serve();
  await server.vanish();
  await publish([serviceOf(server)]);
  expect(await list(open({ discovery }))).toEqual([]);
});

test('one device by its address and by its announcement, with http and https, is listed once', async () => {
  const [plain, encrypted] = [await serve(), await serve({ secure })];
  const texts = ['rs=eSCL', 'UUID=the-same'];
  await publish([
    { ...serviceOf(plain), texts },
    { ...serviceOf(encrypted, '_uscans'), texts },
  ]);
  expect((await list(open({ discovery }))).map(({ deviceId }) => deviceId)).toEqual([`escl:${plain.url}`]);
  // Whoever knows its certificate never speaks to it in clear.
  const pinned = open({ discovery, devices: [{ url: `${encrypted.url}/`, fingerprint }] });
  expect((await list(pinned)).map(({ deviceId }) => deviceId)).toEqual([`escl:${encrypted.url}`]);
});

test('https with the certificate that the settings state', async () => {
  const server = await serve({ secure });
  expect(new X509Certificate(secure.cert).fingerprint256).toBe(fingerprint);
  const rig = open({ devices: [{ url: server.url, fingerprint: fingerprint.toLowerCase() }] });
  expect(await list(rig)).toMatchObject([{ sources: [{ source: 'feeder' }, { source: 'feederDuplex' }, {}] }]);
  expect(await rig.scan(stack, `escl:${server.url}`)).toMatchObject({ type: 'finished', pages: 1 });
});

test.each([
  ['another certificate than the settings state', () => `AA${fingerprint.slice(2)}`],
  ['a certificate that nobody vouches for and the settings do not state', () => null],
])('%s is refused before anything is asked', async (_name, stated) => {
  const server = await serve({ secure });
  const rig = open({ devices: [{ url: server.url, fingerprint: stated() }] });
  // It is there: the scan says why it is not used.
  expect(await list(rig)).toMatchObject([{ deviceId: `escl:${server.url}`, sources: [] }]);
  expect(await rig.scan(stack, `escl:${server.url}`)).toMatchObject({ type: 'stopped', code: 'scanner.untrusted' });
  expect(server.asked).toEqual([]);
});

test('a scanner of IPv6: by its address, by a name that writes it, and announced there', async () => {
  const server = await serve({ address: '::1' });
  const given = open({ devices: [{ url: server.url, fingerprint: null }] });
  expect(await list(given)).toMatchObject([{ deviceId: `escl:${server.url}`, connection: `[::1]:${server.port}` }]);
  expect(await given.scan(stack, `escl:${server.url}`)).toMatchObject({ type: 'finished', pages: 1 });
  server.load(1);
  const url = `http://0--1.ipv6-literal.net:${server.port}/eSCL`;
  const named = open({ devices: [{ url, fingerprint: null }] });
  expect(await named.scan(stack, `escl:${url}`)).toMatchObject({ type: 'finished', pages: 1 });
  toClose.push(await announce(() => [serviceOf(server)], { host: 'AAAA' }));
  expect(await list(open({ discovery }))).toMatchObject([{ deviceId: `escl:${server.url}` }]);
});

const ownNetworks = ['--map-root-user', '--net'];
const hasOwnNetworks = spawnSync('unshare', [...ownNetworks, 'ip', 'link', 'add', 'a0', 'type', 'veth']).status === 0;
if (!hasOwnNetworks) console.info('No networks of its own for a test here: the question through IPv6 was not tried.');

test.runIf(hasOwnNetworks)(
  'a scanner that has nothing but its own network is asked through IPv6, found and scans',
  async () => {
    const script = join(import.meta.dirname, 'testing', 'ipv6-network.ts');
    const { stdout } = await promisify(execFile)('unshare', [...ownNetworks, process.execPath, script], {
      timeout: 50_000,
    });
    const { url, devices, end } = JSON.parse(stdout) as Record<string, unknown>;
    expect(url).toMatch(/^http:\/\/fe80--7s\d+\.ipv6-literal\.net:\d+\/eSCL$/u);
    expect(devices).toMatchObject([{ deviceId: `escl:${String(url)}`, model: 'Ventanilla Banco eSCL' }]);
    expect(end).toMatchObject({ type: 'finished', pages: 1 });
  },
);
