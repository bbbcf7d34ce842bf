import { copyFileSync, cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { seededRandom } from '../../core/documents/signing/testing/mutations.ts';
import { attend } from './attend.ts';
import type { Campaign, CampaignResult } from './campaign.ts';
import { checkCentre } from './check-centre.ts';
import { checkDesk } from './check-desk.ts';
import { synchronise, withOffice } from './office.ts';
import { noteShown, nothingShown } from './shown.ts';
import type { Said, ShownRecord } from './shown.ts';

/**
 * A desk whose database (beside its anchor), or whole folder, is taken back to an old copy in each round. Nothing that reached
 * the centre is lost there or numbered again. Without a line the anchor keeps what had not been sent from being numbered again
 * too; a folder that was copied whole has no anchor, and its desk asks the centre before an entry leaves.
 */
export function runOldCopyCampaign(campaign: Campaign): Promise<CampaignResult> {
  const startsAt = '2026-11-20T09:42:07Z';
  return withOffice(campaign, startsAt, async ({ centre, stores, clock, addDesk, open, folder }) => {
    const random = seededRandom(campaign.seed);
    const fixture = await addDesk('03');
    let desk = await open(fixture);
    const shown = nothingShown();
    const sent = new Map<string, ShownRecord>();
    const problems: string[] = [];
    const faults: Record<string, number> = {};
    const copy = join(folder, 'copy');

    async function attendSome(): Promise<void> {
      for (let left = 1 + Math.floor(random() * 2); left > 0; left -= 1) {
        const said: Said[] = [];
        await attend(desk, fixture.clock, (each) => said.push(each));
        for (const each of said) {
          const number = each.said === 'record' ? each.record.recordNumber : '';
          if (sent.has(number)) problems.push(`number ${number} given again after it was sent`);
        }
        problems.push(...noteShown(shown, said));
      }
    }

    async function send(): Promise<void> {
      const line = await synchronise(desk, centre.url, fixture);
      if (line.state !== 'online') problems.push(`the line says ${String(line.problem)}`);
      for (const record of shown.records.values()) {
        if (desk.store.findRecord(record.recordId)?.syncState === 'complete') sent.set(record.recordNumber, record);
      }
    }

    try {
      for (let round = 0; round < campaign.rounds && problems.length === 0; round += 1) {
        const isWhole = random() < 0.5;
        await attendSome();
        if (random() < 0.5) await send();
        await desk.store.close();
        rmSync(copy, { recursive: true, force: true });
        cpSync(fixture.folder, copy, { recursive: true });
        const kept = new Set(shown.records.keys());
        desk = await open(fixture);
        await attendSome();
        // A folder that comes back whole while nobody knows of what it lost numbers again: only what was sent is known.
        if (isWhole || random() < 0.5) await send();
        await desk.store.close();
        bringBack(isWhole);
        faults[isWhole ? 'oldFolders' : 'oldDatabases'] = (faults[isWhole ? 'oldFolders' : 'oldDatabases'] ?? 0) + 1;
        desk = await open(fixture);
        // What the copy does not have is not to be asked of it; what was sent is at the centre.
        const lost = [...shown.records.keys()].filter((number) => !kept.has(number));
        if (isWhole) await send();
        await attendSome();
        await send();
        problems.push(...(await missingAtCentre(stores.databaseUrl, [...sent.values()])));
        for (const number of lost) {
          const record = shown.records.get(number);
          shown.records.delete(number);
          if (record !== undefined) shown.delivered.delete(record.recordId);
        }
        problems.push(...(await checkDesk(desk, fixture.folder, shown)), ...(await checkCentre(stores, desk, true)));
        clock.set(new Date(clock.now().getTime() + 3_600_000).toISOString());
        fixture.clock.set(clock.now().toISOString());
      }
    } finally {
      await desk.store.close();
    }
    return { faults, shown: sent.size, problems };

    function bringBack(isWhole: boolean): void {
      if (isWhole) {
        rmSync(fixture.folder, { recursive: true });
        cpSync(copy, fixture.folder, { recursive: true });
        return;
      }
      for (const name of ['desk.db-wal', 'desk.db-shm']) rmSync(join(fixture.folder, name), { force: true });
      copyFileSync(join(copy, 'desk.db'), join(fixture.folder, 'desk.db'));
    }
  });
}

async function missingAtCentre(databaseUrl: string, records: readonly ShownRecord[]): Promise<readonly string[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ record_id: string }>('SELECT record_id FROM record');
    const held = new Set(rows.map((row) => row.record_id));
    const missing = records.filter(({ recordId }) => !held.has(recordId));
    return [
      ...missing.map(({ recordNumber }) => `record ${recordNumber} was sent and is not at the centre`),
      ...(held.size === rows.length ? [] : ['a record twice at the centre']),
    ];
  } finally {
    await client.end();
  }
}
