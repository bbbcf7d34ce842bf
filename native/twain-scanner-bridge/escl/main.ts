import { z } from 'zod';
import { openBrokerLink } from './broker-link.ts';
import { chooseJob, choosePreview } from './capabilities.ts';
import { listDevices } from './list.ts';
import { networkScannersVariable, readNetworkScanners } from './network-scanners.ts';
import { scan } from './scan.ts';

/*
 * One eSCL session as a process of its own.
 *   node main.ts list
 *   node main.ts scan DEVICE SOURCE MODE DPI WIDTH_MM HEIGHT_MM
 *   node main.ts preview DEVICE MODE    (of its glass)
 * The frames are in ../README.md, the settings in VENTANILLA_NETWORK_SCANNERS.
 */
const number = z.coerce.number().positive();
const device = z.string().regex(/^escl:https?:\/\//u);
const previewWords = z.tuple([device, z.enum(['gray', 'color'])]);
const scanWords = z.tuple([
  device,
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
  const profile = { source, colorMode, dpi, areaMm: { width, height } };
  await scan(broker, deviceId, (capabilities) => chooseJob(capabilities, profile), settings);
} else if (verb === 'preview') {
  const [deviceId, colorMode] = previewWords.parse(words);
  await scan(broker, deviceId, (capabilities) => choosePreview(capabilities, colorMode), settings);
} else process.exitCode = 2;
// Its standard input stays open as long as the broker lives.
process.stdin.destroy();
