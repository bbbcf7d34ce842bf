import { seededRandom } from '../../core/documents/signing/testing/mutations.ts';
import type { OpenDesk } from '../../core/store/open-desk.ts';
import { attend } from './attend.ts';
import type { Campaign, CampaignResult } from './campaign.ts';
import { checkCentre, checkFiles } from './check-centre.ts';
import { checkDesk } from './check-desk.ts';
import { lies, openLyingLine } from './lies.ts';
import type { Lie } from './lies.ts';
import { synchronise, withOffice } from './office.ts';
import { noteShown, nothingShown } from './shown.ts';
import type { Said } from './shown.ts';

const names = Object.keys(lies) as readonly Lie[];
const startsAt = '2026-11-20T09:42:07Z';

/**
 * A desk whose centre lies, each round in another way. It believes nothing that is not signed for its own request and entries,
 * ends no file that the centre does not hold, and says so on the line; whatever was said, with the honest centre back
 * everything arrives, once.
 */
export function runLiarCampaign(campaign: Campaign): Promise<CampaignResult> {
  return withOffice(campaign, startsAt, async ({ centre, stores, addDesk, open, clock }) => {
    const random = seededRandom(campaign.seed);
    const line = await openLyingLine(centre.url, stores.dataFolder);
    const fixture = await addDesk('03');
    let desk = await open(fixture);
    const shown = nothingShown();
    const problems: string[] = [];
    const faults: Record<string, number> = {};
    try {
      for (let round = 0; round < campaign.rounds && problems.length === 0; round += 1) {
        const lie = names[Math.floor(random() * names.length)] ?? 'forgets';
        const said: Said[] = [];
        for (let left = 1 + Math.floor(random() * 2); left > 0; left -= 1)
          await attend(desk, fixture.clock, (each) => said.push(each));
        problems.push(...noteShown(shown, said));
        const before = acknowledgedOf(desk);
        line.tell(lie);
        const { problem } = await synchronise(desk, line.url, fixture);
        if (line.told() > 0) faults[lie] = (faults[lie] ?? 0) + line.told();
        // A lie that the centre itself signed may be believed; the others never are.
        if (lies[lie] !== 'own' && line.told() > 0) {
          if (problem !== 'sync.signatureInvalid') problems.push(`${lie}: the line says ${String(problem)}`);
          const isBelieved = lie !== 'fileByStranger' && lie !== 'durabilityChanged' && acknowledgedOf(desk) !== before;
          if (isBelieved) problems.push(`${lie}: entries were taken as acknowledged`);
        }
        if (lie === 'wrongHash' && problem !== 'sync.signatureInvalid')
          problems.push(`${lie}: the line says ${String(problem)}`);
        const isStopped = desk.store.listSeries().some(({ isHalted, sealedAt }) => isHalted || sealedAt !== null);
        if (isStopped) problems.push(`${lie}: a series was stopped`);
        // What the centre signed to hold and does not is the one thing that a desk cannot know.
        if (lie !== 'forgets') problems.push(...(await endFiles(desk)));
        line.tell(null);
        // A program that starts anew, as it does each day.
        await desk.store.close();
        desk = await open(fixture);
        let honest = await synchronise(desk, line.url, fixture);
        // A connection that was kept open may have ended meanwhile; the engine would try again by itself.
        for (let again = 0; honest.problem === 'sync.offline' && again < 3; again += 1)
          honest = await synchronise(desk, line.url, fixture);
        if (honest.state !== 'online') problems.push(`${lie}: afterwards the line says ${String(honest.problem)}`);
        problems.push(...(await checkDesk(desk, fixture.folder, shown)).map((text) => `${lie}: ${text}`));
        problems.push(...(await checkCentre(stores, desk, true)).map((text) => `${lie}: ${text}`));
        problems.push(...(await endFiles(desk)));
        clock.set(new Date(clock.now().getTime() + 60_000).toISOString());
        fixture.clock.set(clock.now().toISOString());
      }
    } finally {
      await desk.store.close();
      await line.close();
    }
    return { faults, shown: shown.records.size, problems };

    /** What the desk would take away here must be at the centre, whole. */
    async function endFiles({ store }: OpenDesk): Promise<readonly string[]> {
      store.endSentFiles(new Date(fixture.clock.now().getTime() + 86_400_000));
      const ended = store.listEndedFiles(1_000);
      store.forgetEndedFiles(ended);
      return (await checkFiles(stores, new Set(ended))).map((text) => `ended, ${text}`);
    }
  });
}

function acknowledgedOf({ store }: OpenDesk): number {
  return store.listSeries().reduce((sum, { acknowledgedSequence }) => sum + acknowledgedSequence, 0);
}
