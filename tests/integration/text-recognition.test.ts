import { randomUUID } from 'node:crypto';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../core/contract/errors.ts';
import { createTesseract } from '../../core/devices/tesseract/tesseract.ts';
import { readsSpanish } from '../../core/devices/tesseract/testing/installed.ts';
import { applyRetention } from '../../core/services/retention.ts';
import { createEventBus } from '../../core/services/event-bus.ts';
import { createTextRecognition } from '../../core/services/text-recognition.ts';
import type { TextRecognition } from '../../core/services/text-recognition.ts';
import type { OpenDesk } from '../../core/store/open-desk.ts';
import {
  auditEntry,
  createDeskFixture,
  recordDocument,
  registerInput,
  seriesGrant,
  storedAttention,
  storedDocument,
  storedPage,
} from '../../core/store/store-fixture.ts';
import type { DeskFixture } from '../../core/store/store-fixture.ts';
import { isRunning } from './processes.ts';

/* Pages of an encrypted desk, read by a real program that is never waited for. */

const { seriesId } = seriesGrant();
const hasTesseract = readsSpanish();
if (!hasTesseract) process.stderr.write('Sin Tesseract en español: no se prueba que lee de verdad.\n');

let image: Uint8Array;
let fixture: DeskFixture;
let desk: OpenDesk;
let recognition: TextRecognition;

beforeAll(async () => {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="1000" height="260"><rect width="100%" height="100%" fill="white"/>
    <text x="40" y="90" font-size="44" font-family="DejaVu Sans">Vallado de la acequia madre</text>
    <text x="40" y="155" font-size="44" font-family="DejaVu Sans">en Peñaflor, parcela 17</text></svg>`;
  image = await sharp(Buffer.from(svg)).flatten().jpeg().toBuffer();
});

beforeEach(async () => {
  fixture = await createDeskFixture();
  desk = await fixture.open();
  desk.store.putSeries(seriesGrant());
});

afterEach(async () => {
  await recognition.close();
  await desk.store.close();
  fixture.remove();
});

function start(program: string): void {
  const log = { info: () => undefined, error: () => undefined };
  recognition = createTextRecognition(
    {
      desk: () => desk,
      events: createEventBus(() => undefined),
      clock: fixture.clock,
      log,
      statusChanged: () => undefined,
    },
    // Beside all the other tests the lowest priority would wait for minutes.
    createTesseract({ program, languages: 'spa', dataFolder: null, priority: 0 }),
  );
  recognition.wake();
}

/** A program that answers as Tesseract does when it is asked what it is, and then does as told. */
async function standIn(deed: string): Promise<string> {
  const file = path.join(fixture.folder, 'program');
  const answers = `--version) echo "tesseract 5.9.9" ;;\n--list-langs) echo spa ;;`;
  await writeFile(file, `#!/bin/sh\ncase "$1" in\n${answers}\n*) ${deed} ;;\nesac\n`);
  await chmod(file, 0o755);
  return file;
}

async function addPage() {
  const attention = storedAttention();
  desk.store.createAttention(attention, auditEntry);
  const document = storedDocument(attention.attentionId);
  desk.store.putDocument(document);
  const preview = await desk.blobs.put(image, 'image/jpeg');
  const copy = await desk.blobs.put(new TextEncoder().encode(randomUUID()), 'image/x-jbig2');
  desk.store.putPage(storedPage(document.documentId, { copyDigest: copy, copyPreview: preview }));
  return { attention, documentId: document.documentId, copy };
}

type Added = Awaited<ReturnType<typeof addPage>>;

async function register({ attention, documentId }: Added): Promise<string> {
  const sha256 = await desk.blobs.put(new TextEncoder().encode(`pdf ${documentId}`), 'application/pdf');
  const document = recordDocument({ documentId, sha256, signatureLevel: 'B-LTA' });
  return desk.store.register(registerInput(attention.attentionId, seriesId, { documents: [document] })).recordId;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function find(text: string) {
  const query = { text, fromDate: null, toDate: null, cursor: null, limit: 10 };
  return (await desk.store.searchRecords(query)).records.map(({ recordId, foundIn }) => ({ recordId, foundIn }));
}

describe('the text of papers', () => {
  test.runIf(hasTesseract)(
    'is read in spare time, kept encrypted, and its record is found by it together with its own words',
    async () => {
      const added = await addPage();
      const recordId = await register(added);
      expect(desk.store.findRecordTexts(recordId)).toBe('pending');
      expect(await find('acequia')).toEqual([]);
      start('tesseract');
      await until(() => desk.store.findRecordTexts(recordId) !== 'pending');
      expect(desk.store.findRecordTexts(recordId)).toEqual([
        { documentId: added.documentId, pages: ['Vallado de la acequia madre\nen Peñaflor, parcela 17'] },
      ]);
      expect(await find('ACEQUIA penaflor')).toEqual([{ recordId, foundIn: 'papers' }]);
      expect(await find('begoña acequ')).toEqual([{ recordId, foundIn: 'papers' }]);
      expect(await find('vado permanente')).toEqual([{ recordId, foundIn: 'record' }]);
      expect(await find('')).toEqual([{ recordId, foundIn: 'record' }]);
    },
  );

  test('is given up at once when a job begins, and read after it', async () => {
    const added = await addPage();
    const pidFile = path.join(fixture.folder, 'pid');
    start(await standIn(`echo $$ > ${pidFile}; exec sleep 60`));
    const readPid = async (): Promise<number> => Number(await readFile(pidFile, 'utf8').catch(() => '0'));
    let pid = 0;
    while (pid === 0) pid = await readPid();
    recognition.setBusy(true);
    await until(() => !isRunning(pid));
    expect(desk.store.findUnreadPage()?.imageSha256).toBe(added.copy);
    recognition.setBusy(false);
    let next = pid;
    while (next === pid || next === 0) next = await readPid();
    await recognition.close();
    await until(() => !isRunning(next));
  });

  test('waits for the next opening, what is on the counter first', async () => {
    const registered = await addPage();
    await register(registered);
    const open = await addPage();
    const closed = { version: 2, closedAt: '2026-11-20T11:00:00+01:00' };
    desk.store.updateAttention({ ...registered.attention, ...closed, closedAs: 'delivered' }, 1, null);
    const left = await addPage();
    desk.store.updateAttention({ ...left.attention, ...closed, closedAs: 'abandoned' }, 1, null);
    start(await standIn('exec sleep 60'));
    await recognition.close();
    await desk.store.close();
    desk = await fixture.open();
    expect(desk.store.findUnreadPage()?.imageSha256).toBe(open.copy);
    desk.store.putPageText(open.copy, null);
    expect(desk.store.findUnreadPage()?.imageSha256).toBe(registered.copy);
    desk.store.putPageText(registered.copy, null);
    expect(desk.store.findUnreadPage()).toBeNull();
  });

  test('that cannot be read twice is given up, and its record is settled', async () => {
    const added = await addPage();
    const recordId = await register(added);
    start(await standIn('exit 1'));
    await until(() => desk.store.findRecordTexts(recordId) !== 'pending');
    expect(desk.store.findRecordTexts(recordId)).toEqual([{ documentId: added.documentId, pages: [null] }]);
    expect(recognition.problem()).toBeNull();
  });

  test.each([
    ['recognition.programMissing', async () => path.join(fixture.folder, 'absent')],
    ['recognition.languageMissing', () => standIn('exit 1').then(withoutSpanish)],
  ] as const satisfies readonly (readonly [ErrorCode, () => Promise<string>])[])(
    'keeps waiting on a desk that reads nothing: %s',
    async (code, program) => {
      const added = await addPage();
      start(await program());
      await until(() => recognition.problem() !== null);
      expect(recognition.problem()).toBe(code);
      expect(desk.store.findUnreadPage()?.imageSha256).toBe(added.copy);
    },
  );

  test('ends with the draft, and with the files of its record', async () => {
    const added = await addPage();
    const recordId = await register(added);
    start(await standIn('exec sleep 60'));
    const word = { text: 'acequia', left: 1, width: 9, confidence: 90 };
    desk.store.putPageText(added.copy, {
      engine: 'Tesseract 5.9.9',
      languages: 'spa',
      widthPixels: 10,
      heightPixels: 10,
      lines: [{ top: 1, height: 5, isFirst: true, words: [word] }],
    });
    expect(desk.store.settleRecordTexts(9)).toEqual([recordId]);
    expect(await find('acequia')).toHaveLength(1);
    const closed = { version: 2, closedAs: 'delivered', closedAt: '2026-11-20T11:00:00+01:00' } as const;
    desk.store.updateAttention({ ...added.attention, ...closed, recordId }, 1, null);
    await recognition.close();
    for (const entry of desk.store.listUnacknowledgedEntries(seriesId, 9)) {
      const { sequence, hash } = entry;
      const acknowledgement = { seriesId, sequence, hash, acknowledgedAt: '2026-11-20T11:00:00+01:00' };
      desk.store.markEntriesAcknowledged([{ ...acknowledgement, quarantineReasons: [], signature: 'c2ln' }]);
    }
    desk.store.markBlobsAcknowledged(
      desk.store.listPendingBlobs(9).map(({ sha256 }) => ({
        sha256,
        acknowledgedAt: '2026-11-20T11:00:00+01:00',
        isDurable: true,
        signature: 'c2ln',
      })),
    );
    fixture.clock.set('2027-01-20T09:42:07Z');
    const log = { info: () => undefined, error: () => undefined };
    const configuration = { keepSentDays: 20 } as Parameters<typeof applyRetention>[0]['configuration'];
    desk.store.acceptForwardJump('F-1');
    await applyRetention({ clock: fixture.clock, configuration, desk: () => desk, log });
    expect(desk.store.findPageText(added.copy)).toBeNull();
    expect(desk.store.findRecordTexts(recordId)).toEqual([]);
    expect(await find('acequia')).toEqual([]);
    expect(await find('vado')).toEqual([{ recordId, foundIn: 'record' }]);
  });
});

async function withoutSpanish(program: string): Promise<string> {
  await writeFile(program, (await readFile(program, 'utf8')).replace('echo spa', 'echo eng'));
  return program;
}
