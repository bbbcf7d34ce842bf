import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createBroker, ordinaryTiming } from '../../native/twain-scanner-bridge/broker.ts';
import { createTwainBench, type TwainBench } from '../../native/twain-scanner-bridge/twain-bench.ts';

/*
 * A long stack through the TWAIN helper under Wine: how much memory helper and broker hold after 10 pages and after all,
 * and how fast the bridge is when scanner and consumer cost nothing but drawing and hashing. `--pages N`, 500 by default.
 */
const { values } = parseArgs({ options: { pages: { type: 'string', default: '500' } } });
const pages = 2 * Math.max(10, Math.round(Number(values.pages) / 2));
const profile = { source: 'feederDuplex', dpi: 300, colorMode: 'color', areaMm: { width: 210, height: 297 } } as const;

function residentMegabytes(pid: number | 'self', field: 'VmRSS' | 'VmHWM'): number {
  const found = new RegExp(`${field}:\\s+(\\d+) kB`, 'u').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(found?.[1]) / 1024;
}

async function measure(bench: TwainBench, memory: 0 | 1): Promise<void> {
  process.env['VENTANILLA_TWAIN_SIMULATOR'] = bench.simulator({ sheets: pages / 2, memory, log: '' });
  const end = Promise.withResolvers<string>();
  const early = { helper: 0, broker: 0 };
  const late = { helper: 0, broker: 0, peak: 0 };
  let arrived = 0;
  let started = 0;
  const broker = createBroker({
    drivers: [bench.driver],
    timing: ordinaryTiming,
    post(event) {
      if (event.type === 'strip') broker.receive({ type: 'credit', scanId: 1, strips: 1 });
      if (event.type === 'finished') end.resolve(`${event.pages} pages`);
      if (event.type === 'stopped') end.reject(new Error(`${event.code} ${event.diagnosis}`));
      if (event.type !== 'pageEnded') return;
      arrived += 1;
      if (arrived === 1) started = performance.now();
      const [pid] = bench.scanningHelpers();
      if (arrived === 10 && pid !== undefined)
        Object.assign(early, { helper: residentMegabytes(pid, 'VmRSS'), broker: residentMegabytes('self', 'VmRSS') });
      if (arrived === pages && pid !== undefined)
        Object.assign(late, {
          helper: residentMegabytes(pid, 'VmRSS'),
          broker: residentMegabytes('self', 'VmRSS'),
          peak: residentMegabytes(pid, 'VmHWM'),
        });
      broker.receive({ type: 'nextPage', scanId: 1 });
    },
  });
  broker.receive({ type: 'scan', scanId: 1, deviceId: 'twain:Simulador de escáner', profile });
  broker.receive({ type: 'credit', scanId: 1, strips: 4 });
  broker.receive({ type: 'nextPage', scanId: 1 });
  const told = await end.promise;
  const seconds = (performance.now() - started) / 1000;
  broker.close();
  const name = memory === 1 ? 'memory transfer' : 'native transfer';
  console.log(`${name}: ${told}, A4 colour 300 dpi, ${((pages - 1) / seconds).toFixed(1)} pages/s`);
  console.log(
    `  helper  ${early.helper.toFixed(1)} MB after 10, ${late.helper.toFixed(1)} after all, peak ${late.peak.toFixed(1)}`,
  );
  console.log(`  broker  ${early.broker.toFixed(1)} MB after 10, ${late.broker.toFixed(1)} after all`);
}

const bench = createTwainBench();
try {
  Object.assign(process.env, bench.environment);
  await measure(bench, 1);
  await measure(bench, 0);
} finally {
  bench.remove();
}
