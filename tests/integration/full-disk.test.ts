import { execFileSync } from 'node:child_process';
import { cpSync, renameSync, rmSync, statfsSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canMount, mountSmallDisk } from '../../core/store/small-disk-fixture.ts';
import type { SmallDisk } from '../../core/store/small-disk-fixture.ts';
import { receiveCitizen, scan } from './counter.ts';
import { openDeskRig } from './desk-rig.ts';
import type { DeskRig } from './desk-rig.ts';

/*
 * A stack is coming in, and the disk of the files fills up. What has gone through the feeder is paper that the officer has
 * in the hand again: it must not be asked for a second time, nor be missing, nor be there twice.
 */

const isAllowed = canMount();
if (!isAllowed)
  console.info('Not root, or mounting is not allowed: the disk that fills up under a stack was not tried.');

describe.runIf(isAllowed)('the disk fills up under a stack', () => {
  let rig: DeskRig;
  let disk: SmallDisk;
  beforeAll(async () => {
    rig = await openDeskRig();
    const blobs = path.join(rig.settings.dataFolder, 'blobs');
    renameSync(blobs, `${blobs}-before`);
    disk = mountSmallDisk(blobs, 512);
    cpSync(`${blobs}-before`, blobs, { recursive: true });
    rmSync(`${blobs}-before`, { recursive: true });
    await openAndSignIn();
  });
  afterAll(async () => {
    // A folder that is mounted cannot be removed.
    disk.pull();
    await rig.close();
  });

  /** No file more can be made, whatever room there is in bytes: the disk is full for every file at once. */
  function limitFiles(isFull: boolean): void {
    const { files, ffree } = statfsSync(disk.folder);
    execFileSync('mount', ['-o', `remount,nr_inodes=${isFull ? files - ffree : 100_000}`, disk.folder]);
  }

  async function openAndSignIn(): Promise<void> {
    await rig.openDesk();
    await rig.signIn();
  }

  /** While the first page is still coming. */
  function fillInTheNextScan(): void {
    let isDone = false;
    rig.onEvent(({ event, payload }) => {
      if (isDone || event !== 'job.progress' || payload.kind !== 'scan' || payload.phase !== 'scanning') return;
      isDone = true;
      limitFiles(true);
    });
  }

  test('the next scan begins with the pages that had passed, in the order of the paper and each once', async () => {
    const papers = rig.pages.slice(0, 5);
    const view = await receiveCitizen(rig, 'officer');
    const { attentionId } = view;
    const thumbnails = async () => {
      const { documents } = await rig.call('attention.get', { attentionId });
      return documents.flatMap(({ pages }) => pages).map(({ thumbnail }) => thumbnail);
    };
    fillInTheNextScan();
    const stopped = await scan(rig, view, 'annex', papers);
    expect([stopped.state, stopped.error?.code]).toEqual(['failed', 'scanner.diskFull']);
    // The first one fails when the third has already passed, and with it the other side of its sheet.
    expect(await rig.office.feed.pagesLeft()).toBe(1);
    await rig.restart();
    await openAndSignIn();
    expect(await thumbnails()).toEqual([]);

    limitFiles(false);
    const target = { kind: 'newDocument', role: 'annex' } as const;
    await rig.finishJob(rig.call('scan.start', { attentionId, profileId: 'texto-color', target }));
    const seen = await thumbnails();
    // The same papers with nothing in their way: the same bytes.
    await scan(rig, view, 'annex', papers);
    expect(await thumbnails()).toEqual([...seen, ...seen]);
    expect(new Set(seen).size).toBe(5);
  });
});
