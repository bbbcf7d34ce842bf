import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { seededRandom } from '../../core/documents/signing/testing/mutations.ts';
import { attend } from './attend.ts';
import type { Campaign, CampaignResult } from './campaign.ts';
import { checkDesk } from './check-desk.ts';
import { synchronise, withOffice } from './office.ts';
import { noteShown, nothingShown } from './shown.ts';
import type { Said } from './shown.ts';

/**
 * A desk and a copy of it, with one key and one series, at work at the same time. As soon as both have sent, one of them is
 * told to be forked: its series is halted, the line says so, and what it had given under the same numbers is not accepted. It
 * goes on in another series; the other one learns with its next entry that nothing is taken in this one any more.
 */
export function runTwinsCampaign(campaign: Campaign): Promise<CampaignResult> {
  const startsAt = '2026-11-20T09:42:07Z';
  return withOffice(campaign, startsAt, async ({ centre, stores, addDesk, open, folder }) => {
    const random = seededRandom(campaign.seed);
    const problems: string[] = [];
    let forks = 0;
    let count = 0;
    for (let round = 0; round < campaign.rounds && problems.length === 0; round += 1) {
      const fixture = await addDesk(String(10 + round));
      const first = await open(fixture);
      const firstSaid: Said[] = [];
      for (let left = Math.floor(random() * 3); left > 0; left -= 1)
        await attend(first, fixture.clock, (each) => firstSaid.push(each));
      if (random() < 0.5) await synchronise(first, centre.url, fixture);
      await first.store.close();
      const other = join(folder, 'twin');
      rmSync(other, { recursive: true, force: true });
      cpSync(fixture.folder, other, { recursive: true });
      const twins = [await open(fixture), await open(fixture, other)] as const;
      const said: [Said[], Said[]] = [[...firstSaid], [...firstSaid]];
      try {
        for (const [index, twin] of twins.entries()) {
          for (let left = 1 + Math.floor(random() * 3); left > 0; left -= 1)
            await attend(twin, fixture.clock, (each) => said[index]?.push(each));
        }
        await Promise.all(twins.map((twin) => synchronise(twin, centre.url, fixture)));
        const lines = await Promise.all(twins.map((twin) => synchronise(twin, centre.url, fixture)));
        const halted = twins.map(({ store }) => store.listSeries().some(({ isHalted }) => isHalted));
        if (halted.filter(Boolean).length !== 1)
          problems.push(`${halted.filter(Boolean).length} of two twins are halted`);
        for (const [index, line] of lines.entries()) {
          const expected = halted[index] === true ? 'halted' : 'online';
          if (line.state !== expected)
            problems.push(`a twin that is ${expected} says ${line.state} ${String(line.problem)}`);
        }
        forks += 1;
        // Both go on: the halted one in the series that it was given instead.
        for (const [index, twin] of twins.entries())
          await attend(twin, fixture.clock, (each) => said[index]?.push(each));
        await Promise.all(twins.map((twin) => synchronise(twin, centre.url, fixture)));
        for (const [index, twin] of twins.entries()) {
          const shown = nothingShown();
          problems.push(...noteShown(shown, said[index] ?? []));
          count += shown.records.size;
          problems.push(...(await checkDesk(twin, index === 0 ? fixture.folder : other, shown)));
          for (const { recordId } of shown.records.values()) {
            const state = twin.store.findRecord(recordId)?.syncState ?? 'none';
            if (state !== 'complete' && state !== 'halted') problems.push(`a record of a twin is ${state}`);
          }
          const last = [...shown.records.values()].at(-1)?.recordId ?? '';
          if (halted[index] === true && twin.store.findRecord(last)?.syncState !== 'complete')
            problems.push('a twin that was forked did not go on');
        }
      } finally {
        for (const { store } of twins) await store.close();
      }
    }
    problems.push(...(await findDoubles(stores.databaseUrl)));
    return { faults: { forks }, shown: count, problems };
  });
}

async function findDoubles(databaseUrl: string): Promise<readonly string[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ number: string }>(
      'SELECT record_number AS number FROM record GROUP BY record_number HAVING count(*) > 1',
    );
    return rows.map(({ number }) => `number ${number} twice at the centre`);
  } finally {
    await client.end();
  }
}
