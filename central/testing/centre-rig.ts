import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCentre } from '../centre.ts';
import type { Centre } from '../centre.ts';
import { createEmbeddedCentre } from './embedded-centre.ts';

/** A centre on its own folder with a clock that a test may set. */
export type CentreRig = Readonly<{
  centre: Centre;
  /** A second instance on the same database and folder; null where there is only room for one. */
  second: Centre | null;
  isDurable: boolean;
  dataFolder: string;
  now: () => Date;
  setNow: (instant: string) => void;
  stop: () => Promise<void>;
}>;

/** `isSpread`: every request goes to the other instance than the one before it, as behind a balancer. */
export async function startCentreRig(databaseUrl: string | null, isSpread = false): Promise<CentreRig> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'ventanilla-centre-'));
  let now = new Date('2026-11-20T09:42:07Z');
  const options = { dataFolder, now: () => now, ...(databaseUrl === null ? {} : { databaseUrl }) };
  const [centre, second = null] = await Promise.all(
    databaseUrl === null ? [createEmbeddedCentre(options)] : [createCentre(options), createCentre(options)],
  );
  if (centre === undefined) throw new Error('no centre');
  return {
    centre: isSpread && second !== null ? spread(centre, second) : centre,
    second,
    isDurable: databaseUrl !== null,
    dataFolder,
    now: () => now,
    setNow: (instant) => {
      now = new Date(instant);
    },
    stop: async () => {
      await Promise.all([centre.close(), second?.close()]);
      rmSync(dataFolder, { recursive: true });
    },
  };
}

function spread(first: Centre, second: Centre): Centre {
  let count = 0;
  return {
    ...first,
    get url() {
      count += 1;
      return count % 2 === 0 ? second.url : first.url;
    },
  };
}
