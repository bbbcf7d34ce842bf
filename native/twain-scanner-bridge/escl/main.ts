import { z } from 'zod';
import { openBrokerLink } from './broker-link.ts';
import { listDevices } from './list.ts';
import { networkScannersVariable, readNetworkScanners } from './network-scanners.ts';
import { scan } from './scan.ts';

/*
 * One eSCL session as a process of its own.
 *   node main.ts list
 *   node main.ts scan DEVICE SOURCE MODE DPI WIDTH_MM HEIGHT_MM
 * The frames are in ../README.md, the settings in VENTANILLA_NETWORK_SCANNERS.
 */
const number = z.coerce.number().positive();
const scanWords = z.tuple([
  z.string().regex(/^escl:https?:\/\//u),
  z.enum(['feeder', 'feederDuplex', 'flatbed']),
  z.enum(['bitonal', 'gray', 'color']),
  number.int(),
  number,
  number,
]);

const settings = readNetworkScanners(process.env[networkScannersVariable]);
const [verb, ...words] = process.argv.slice(2);
const broker = openBrokerLink();
if (verb === 'list') await listDevices(broker, settings);
else if (verb === 'scan') {
  const [deviceId, source, colorMode, dpi, width, height] = scanWords.parse(words);
  await scan(broker, deviceId, { source, colorMode, dpi, areaMm: { width, height } }, settings);
} else process.exitCode = 2;
// Its standard input stays open as long as the broker lives.
process.stdin.destroy();
