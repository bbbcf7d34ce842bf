import { AppError } from '../../core/contract/errors.ts';
import { seededRandom } from '../../core/documents/signing/testing/mutations.ts';
import { attend } from './attend.ts';
import type { Campaign, CampaignResult } from './campaign.ts';
import { checkCentre } from './check-centre.ts';
import { checkDesk } from './check-desk.ts';
import { synchronise, withOffice } from './office.ts';
import { noteShown, nothingShown } from './shown.ts';
import type { Said } from './shown.ts';

const [second, minute, day] = [1_000, 60_000, 86_400_000];
/** How far the machine's clock is set wrong, and what the desk must say to it. */
const wrong = [
  { ms: -second, code: null },
  { ms: -90 * minute, code: 'clock.wentBack' },
  { ms: -3 * day, code: 'clock.wentBack' },
  { ms: 20 * second, code: null },
  { ms: 40 * day, code: 'clock.jumpedForward' },
  { ms: 400 * day, code: 'clock.jumpedForward' },
] as const;
/** How long nobody works, with a clock that is right. */
const pauses = [minute, 3 * 60 * minute, day, 20 * day, 40 * day, 400 * day] as const;
const toleranceMs = 31 * day;
/** Of the line: beyond it the centre takes nothing. */
const windowMs = 10 * minute;

/**
 * A desk whose machine's clock jumps in the middle of work, over years. While it is wrong no record is made, or one within the
 * tolerance; a supervisor accepts a jump only when so much time really passed; the centre takes nothing from a desk that is
 * ten minutes off. Numbers follow time all the while.
 */
export function runClockCampaign(campaign: Campaign): Promise<CampaignResult> {
  const start = Date.parse('2026-11-20T09:42:07Z');
  return withOffice(campaign, new Date(start).toISOString(), async ({ centre, stores, clock, addDesk, open }) => {
    const random = seededRandom(campaign.seed);
    const choose = <Item>(list: readonly Item[]): Item => list[Math.floor(random() * list.length)] as Item;
    const fixture = await addDesk('03');
    const desk = await open(fixture);
    const shown = nothingShown();
    const problems: string[] = [];
    const faults: Record<string, number> = {};
    let now = start;
    let last = start;

    function setTime(machine: number): void {
      clock.set(new Date(now).toISOString());
      fixture.clock.set(new Date(machine).toISOString());
    }

    /** The code that the officer is told, or null. */
    async function attendOne(): Promise<string | null> {
      const said: Said[] = [];
      try {
        await attend(desk, fixture.clock, (each) => said.push(each));
        last = fixture.clock.now().getTime();
        return null;
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        return error.code;
      } finally {
        problems.push(...noteShown(shown, said));
      }
    }

    try {
      await attendOne();
      for (let round = 0; round < campaign.rounds && problems.length === 0; round += 1) {
        now += choose(pauses);
        const isLong = now > last + toleranceMs;
        setTime(now);
        if (isLong) {
          const refused = await attendOne();
          if (refused !== 'clock.jumpedForward') problems.push(`after ${now - last} ms: ${String(refused)}`);
          desk.store.acceptForwardJump('F-9');
          faults['realJumps'] = (faults['realJumps'] ?? 0) + 1;
        }
        const atRight = await attendOne();
        if (atRight !== null) problems.push(`with a clock that is right: ${atRight}`);
        const { ms, code } = choose(wrong);
        setTime(now + ms);
        const atWrong = await attendOne();
        // What a supervisor accepted holds for as long as half a day.
        if (atWrong !== code) problems.push(`with a clock ${ms} ms off: ${String(atWrong)}`);
        faults[ms < 0 ? 'clockBack' : 'clockForward'] = (faults[ms < 0 ? 'clockBack' : 'clockForward'] ?? 0) + 1;
        const before = desk.store.countPending().records;
        const line = await synchronise(desk, centre.url, fixture);
        const isRefused = Math.abs(ms) > windowMs;
        if ((line.problem === 'sync.refused') !== isRefused)
          problems.push(`${ms} ms off, the line says ${String(line.problem)}`);
        if (isRefused && desk.store.countPending().records !== before)
          problems.push('taken from a desk with a wrong clock');
        now += minute;
        setTime(now);
        await synchronise(desk, centre.url, fixture);
        problems.push(...(await checkDesk(desk, fixture.folder, shown)), ...(await checkCentre(stores, desk, true)));
      }
    } finally {
      await desk.store.close();
    }
    return { faults, shown: shown.records.size, problems };
  });
}
