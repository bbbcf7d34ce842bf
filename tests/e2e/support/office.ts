import { cp, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { acquireVirtualReaders } from '../../../demo/card/pcscd.ts';
import type { CardKind } from '../../../demo/cards.ts';
import { openOffice } from '../../../demo/office.ts';
import type { DemoOffice } from '../../../demo/office.ts';
import { demoPathsUnder } from '../../../demo/paths.ts';
import type { DemoPaths } from '../../../demo/paths.ts';
import { drawSmallPages } from '../../integration/small-pages.ts';
import { test } from './test.ts';

export type TestOffice = DemoOffice &
  Readonly<{
    paths: DemoPaths;
    /** Small papers for the feeder; drawing the demonstration's own takes long. */
    papers: readonly string[];
  }>;

const paperCount = 4;
const readerPatienceSeconds = 60;

/**
 * The demonstration office for the tests of a file, in a temporary folder. Each test finds the desk as it was when it was
 * enrolled, unless the file's tests are steps of one story (`isOneStory`).
 */
export function useOffice(
  options: Readonly<{ cards?: CardKind; asksPinEachTime?: boolean; readsText?: boolean; isOneStory?: boolean }> = {},
): () => TestOffice {
  let opened: TestOffice | null = null;

  test.beforeAll(async ({ canRun }) => {
    if (!canRun) return;
    const folder = await mkdtemp(path.join(sharedFolder(), 'office-'));
    const paths = demoPathsUnder(path.join(folder, 'demo'));
    await cp(templateFolder(), paths.root, { recursive: true });
    const papers = await drawSmallPages(path.join(folder, 'papers'), paperCount);
    const cards = options.cards ?? 'soft';
    if (cards !== 'soft') await waitForReaders();
    const { asksPinEachTime = false, readsText = false } = options;
    const office = await openOffice(paths, { cards, asksPinEachTime, readsText });
    opened = { ...office, paths, papers };
  });

  test.beforeEach(async ({ canRun }) => {
    if (!canRun || opened === null || options.isOneStory === true) return;
    await opened.actions.setLine('up');
    await opened.actions.setScannerFault('none');
    await opened.actions.loadPapers('none');
    const { desk } = opened.paths;
    await rm(desk, { recursive: true, force: true });
    await cp(path.join(templateFolder(), 'desk'), desk, { recursive: true });
  });

  test.afterAll(async () => {
    if (opened === null) return;
    await opened.close();
    await rm(path.dirname(opened.paths.root), { recursive: true, force: true, maxRetries: 5 });
    opened = null;
  });

  return () => {
    if (opened === null) throw new Error('the office is not open');
    return opened;
  };
}

/** Other tests of this machine may have the one virtual reader; the demonstration itself waits for nobody. */
async function waitForReaders(): Promise<void> {
  const readers = await acquireVirtualReaders({ waitSeconds: readerPatienceSeconds });
  if (readers.available) await readers.release();
}

function sharedFolder(): string {
  const folder = process.env['VENTANILLA_E2E_FOLDER'];
  if (folder === undefined) throw new Error('the global set-up did not run');
  return folder;
}

function templateFolder(): string {
  return path.join(sharedFolder(), 'template');
}
