import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { feedResponseSchema } from '../../central/deliveries/feed-protocol.ts';
import { referenceFixture } from '../../central/testing/reference-fixture.ts';
import { officialMidnight } from '../../core/domain/official-time.ts';
import { seededRandom } from '../../core/documents/signing/testing/mutations.ts';
import { createDeskFixture } from '../../core/store/store-fixture.ts';
import type { DeskFixture } from '../../core/store/store-fixture.ts';
import type { Campaign, CampaignResult } from './campaign.ts';
import { startCentreProcess } from './centre-process.ts';
import type { CentreProcess } from './centre-process.ts';
import { openChaosLine } from './chaos-line.ts';
import { bodyOf, listEntries } from './check-desk.ts';
import { compare, openFixture } from './compare.ts';
import { startDesk } from './desk-run.ts';
import { enrol, officeCode } from './enrol.ts';
import { noteShown, nothingShown } from './shown.ts';
import type { Shown } from './shown.ts';

/** The week in which 2027 ends: each day's first hour, and how long an attention takes there. */
const days = [
  { opensAt: '2027-12-27T08:30:00+01:00', attentionMs: 6 * 60_000 },
  { opensAt: '2027-12-28T08:30:00+01:00', attentionMs: 6 * 60_000 },
  { opensAt: '2027-12-29T08:30:00+01:00', attentionMs: 6 * 60_000 },
  { opensAt: '2027-12-30T08:30:00+01:00', attentionMs: 6 * 60_000 },
  // The office keeps watch over the turn of the year.
  { opensAt: '2027-12-31T21:00:00+01:00', attentionMs: 13 * 60_000 },
  { opensAt: '2028-01-01T10:00:00+01:00', attentionMs: 9 * 60_000 },
  { opensAt: '2028-01-02T10:00:00+01:00', attentionMs: 9 * 60_000 },
] as const;
const enrolledAt = new Date('2026-12-15T09:00:00+01:00');
const renewedAt = new Date('2027-12-20T09:00:00+01:00');
const backAt = new Date('2028-01-03T08:30:00+01:00');
const perDay = 24;

type Desk = Readonly<{ fixture: DeskFixture; shown: Shown; deskNumber: string }>;

/**
 * An office of two desks, a week without a line: the official clock goes on by the clock port. One desk was seen by the centre
 * the week before; the other had been off for a year, so that a supervisor has to accept its clock, its series ends at the
 * official midnight of the new year, and the emergency book takes over. Desks are killed and start again every day. Then the
 * line is back and fails as it can, desks and centre are killed, until everything is there: each record once, in order, whole,
 * under the numbers and codes that were shown. A back-office system of the office reads the same. `rounds`: weeks.
 */
export async function runWeekCampaign(campaign: Campaign): Promise<CampaignResult> {
  const { seed, databaseUrl, programs } = campaign;
  const random = seededRandom(seed);
  const parent = mkdtempSync(join(tmpdir(), 'ventanilla-week-'));
  const stores = { databaseUrl, dataFolder: join(parent, 'centre') };
  const reference = join(parent, 'reference.json');
  writeFileSync(reference, JSON.stringify(referenceFixture()));
  const problems: string[] = [];
  const faults: Record<string, number> = {};
  const count = (name: string, by = 1) => (faults[name] = (faults[name] ?? 0) + by);
  const startCentre = (now: Date) => startCentreProcess(programs, { ...stores, reference, now });

  try {
    const desks = await setUp();
    for (const day of days) for (const desk of desks) await workOneDay(desk, day);
    await sendEverything(desks);
    return { faults, shown: desks.reduce((sum, { shown }) => sum + shown.records.size, 0), problems };
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }

  async function setUp(): Promise<readonly [Desk, Desk]> {
    const makeDesk = async (deskNumber: string, centre: CentreProcess): Promise<Desk> => {
      const fixture = await createDeskFixture(parent);
      fixture.clock.set(enrolledAt.toISOString());
      await enrol(fixture, centre, deskNumber, enrolledAt);
      return { fixture, shown: nothingShown(), deskNumber };
    };
    const enrolling = await startCentre(enrolledAt);
    const desks = [await makeDesk('03', enrolling), await makeDesk('04', enrolling)] as const;
    for (const desk of desks) await work(desk, enrolledAt, 2, 0, enrolling.url());
    await enrolling.stop();
    // One of them gets the series of 2028, the other is switched off.
    const renewing = await startCentre(renewedAt);
    await work(desks[0], renewedAt, 1, 0, renewing.url());
    await drain(desks[0], renewedAt, renewing.url());
    await renewing.stop();
    return desks;
  }

  /** Until so many are attended; with a kill in between if the seed wants so. */
  async function work(desk: Desk, from: Date, persons: number, attentionMs: number, centreUrl: string | null) {
    let left = persons;
    let now = from.getTime();
    while (left > 0 && problems.length === 0) {
      const isKilled = centreUrl === null && random() < 0.5;
      const run = startDesk(programs, {
        folder: desk.fixture.folder,
        recoveryKey: desk.fixture.recoveryKey,
        centreUrl,
        work: left,
        clock: { offsetMs: now - Date.now(), attentionMs },
        isPatient: true,
      });
      if (isKilled) {
        await run.untilSaid('record', 1 + Math.floor(random() * left));
        await pause(random() * 30);
        run.child.kill('SIGKILL');
      }
      const { said, told, signal } = await run.ended;
      if (signal === 'SIGKILL') count('deskKills');
      else if (said.at(-1)?.said !== 'done')
        problems.push(`desk ${desk.deskNumber} ended by itself: ${told.slice(0, 300)}`);
      for (const each of said) if (each.said === 'refused') count(`refused ${each.code}`);
      count('supervisorWords', said.filter((each) => each.said === 'supervisorAccepted').length);
      problems.push(...noteShown(desk.shown, said));
      const attended = said.filter((each) => each.said === 'record').length;
      left -= attended;
      now += (attended + 1) * attentionMs;
    }
  }

  async function workOneDay(desk: Desk, { opensAt, attentionMs }: (typeof days)[number]): Promise<void> {
    const persons = Math.floor(perDay * (0.7 + 0.6 * random()));
    await work(desk, new Date(opensAt), persons, attentionMs, null);
    desk.fixture.clock.set(new Date(Date.parse(opensAt) + 86_400_000).toISOString());
    problems.push(
      ...(await compare(programs, desk.fixture, desk.shown, null, false)).map(
        (text) => `${desk.deskNumber}, ${opensAt}: ${text}`,
      ),
    );
  }

  /** Once, until it is done or killed. Returns whether it is done. */
  async function drain(
    desk: Desk,
    now: Date,
    centreUrl: string,
    isKillDue: (() => boolean) | null = null,
  ): Promise<boolean> {
    const run = startDesk(programs, {
      folder: desk.fixture.folder,
      recoveryKey: desk.fixture.recoveryKey,
      centreUrl,
      work: 'drain',
      clock: { offsetMs: now.getTime() - Date.now(), attentionMs: 0 },
      isPatient: false,
    });
    const timer = setInterval(() => {
      if (isKillDue?.() === true) run.child.kill('SIGKILL');
    }, 10);
    const { said, told, signal } = await run.ended;
    clearInterval(timer);
    if (signal === 'SIGKILL') {
      count('deskKills');
      return false;
    }
    if (said.at(-1)?.said !== 'done' && isKillDue === null)
      problems.push(`the drain of ${desk.deskNumber} did not end: ${JSON.stringify(said)} ${told.slice(0, 300)}`);
    return said.at(-1)?.said === 'done';
  }

  async function sendEverything(desks: readonly Desk[]): Promise<void> {
    const start = Date.now();
    const now = () => new Date(backAt.getTime() + Date.now() - start);
    const centre = await startCentre(backAt);
    const line = await openChaosLine({ centreUrl: centre.url, random: seededRandom(seed + 1), share: 0.3 });
    try {
      for (let attempt = 0; attempt < 3; attempt += 1) {
        const drains = desks.map((desk) => {
          const due = line.taken() + 20 + Math.floor(random() * 100);
          return drain(desk, now(), line.url, () => line.taken() >= due);
        });
        if (random() < 0.5) {
          await Promise.race([pause(random() * 3_000), ...drains]);
          await centre.killAndStart();
          count('centreKills');
        }
        await Promise.all(drains);
      }
      for (const desk of desks) await drain(desk, now(), centre.url());
      for (const { fixture, shown, deskNumber } of desks) {
        fixture.clock.set(now().toISOString());
        problems.push(
          ...(await compare(programs, fixture, shown, stores, true)).map((text) => `${deskNumber}: ${text}`),
        );
        problems.push(...(await checkEmergency(fixture)).map((text) => `${deskNumber}: ${text}`));
      }
      const token = await centre.issueFeedToken(officeCode, 'gestor');
      problems.push(...(await readFeed(centre.url(), token, desks)));
    } finally {
      for (const [fault, times] of line.counts) count(fault, times);
      await line.close();
      await centre.stop();
    }
  }

  /** Each record of the book has the ordinary number beside its own, and was made when no series could number. */
  async function checkEmergency(fixture: DeskFixture): Promise<readonly string[]> {
    const desk = await openFixture(programs, fixture);
    try {
      const found: string[] = [];
      for (const { seriesId } of desk.store.listSeries()) {
        for (const body of listEntries(desk, seriesId).map(bodyOf)) {
          if (body.kind !== 'record' || !body.record.recordNumber.startsWith('E-')) continue;
          count('emergencyRecords');
          const events = desk.store.findRecord(body.record.recordId)?.events ?? [];
          if (events.filter(({ type }) => type === 'numbered').length !== 1)
            found.push(`${body.record.recordNumber} has no ordinary number`);
          if (Date.parse(body.record.recordedAt) < officialMidnight('2028-01-01').getTime())
            found.push(`${body.record.recordNumber} was made while a series could number`);
        }
      }
      return found;
    } finally {
      await desk.store.close();
    }
  }
}

/** As a back-office system sees it, which knows nothing of desks: positions without gap, each record once, files whole. */
async function readFeed(url: string, token: string, desks: readonly Desk[]): Promise<readonly string[]> {
  const problems: string[] = [];
  const headers = { authorization: `Bearer ${token}` };
  const seen = new Set<string>();
  const files = new Set<string>();
  let next = 0;
  for (;;) {
    const response = await fetch(`${url}/feed/v1/entries?after=${next}&limit=500`, { headers });
    const { items } = feedResponseSchema.parse(await response.json());
    if (items.length === 0) break;
    for (const { position, body: text, quarantineReasons } of items) {
      if (position !== next + 1) problems.push(`the feed has ${position} after ${next}`);
      next = position;
      if (quarantineReasons.length > 0) problems.push(`in quarantine: ${quarantineReasons.join()}`);
      const body = bodyOf({ body: text });
      for (const { sha256 } of body.blobs) files.add(sha256);
      if (body.kind !== 'record') continue;
      if (seen.has(body.record.recordNumber)) problems.push(`${body.record.recordNumber} twice in the feed`);
      seen.add(body.record.recordNumber);
    }
  }
  for (const { shown } of desks)
    for (const number of shown.records.keys()) if (!seen.has(number)) problems.push(`${number} is not in the feed`);
  // Fifty a second are what one network may ask for.
  for (const sha256 of [...files].filter((_sha256, index) => index % 5 === 0)) {
    const response = await fetch(`${url}/feed/v1/files/${sha256}`, { headers });
    const content = Buffer.from(await response.arrayBuffer());
    if (response.status === 429) await pause(100);
    else if (createHash('sha256').update(content).digest('hex') !== sha256)
      problems.push(`file ${sha256} from the feed`);
  }
  return problems;
}
