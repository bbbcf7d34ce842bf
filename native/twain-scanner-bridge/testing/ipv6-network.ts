import { execFileSync } from 'node:child_process';
import { createBrokerRig } from '../broker-rig.ts';
import { esclDriver, esclEnvironment } from './escl-bench.ts';
import { createEsclServer } from './escl-server.ts';
import { announce } from './mdns-responder.ts';

/*
 * To be started in networks of its own (`unshare --net`): makes one that has nothing but the link-local address of a scanner,
 * which is announced there through IPv6, and prints what a bridge with the settings of every desk makes of it.
 */
const [name, otherEnd] = ['scanner0', 'scanner1'];
const address = 'fe80:0:0:0:0:0:0:7';
for (const words of [
  `link add ${name} type veth peer name ${otherEnd}`,
  // No address that the system makes: it would be another network's, and not be ready for a second.
  `link set ${name} addrgenmode none`,
  `link set ${otherEnd} addrgenmode none`,
  `-6 address add fe80::7/64 dev ${name} nodad`,
  'link set lo up',
  `link set ${name} up`,
  `link set ${otherEnd} up`,
])
  execFileSync('ip', words.split(' '));

const server = await createEsclServer({ address: `fe80::7%${name}` });
server.load(1);
const texts = ['rs=eSCL', 'ty=Banco', `UUID=${server.uuid}`];
const service = { name: 'Escáner', type: '_uscan', port: server.port, texts } as const;
const withdraw = await announce(() => [service], { network: { name, address } });
Object.assign(process.env, esclEnvironment({ discovery: 'all' }));
const rig = createBrokerRig({ drivers: [esclDriver] });
rig.receive({ type: 'list', requestId: 1 });
await rig.until(() => rig.events.length > 0);
const devices = rig.ofType('devices').flatMap((event) => event.devices);
const area = { source: 'feeder', dpi: 200, colorMode: 'gray', areaMm: { width: 85.6, height: 54 } } as const;
const end = devices[0] === undefined ? null : await rig.scan(area, devices[0].deviceId);
console.log(JSON.stringify({ url: server.url, devices, end }));
rig.close();
await withdraw();
await server.close();
