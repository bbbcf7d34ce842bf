import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readPages, type PnmPage } from './pnm.ts';

/** What SANE's `pnm` backend can be told to report; the driver itself then answers with that status. */
export type ScannerCondition =
  | 'none'
  | 'jam'
  | 'coverOpen'
  | 'noDocuments'
  | 'ioError'
  | 'outOfMemory'
  | 'accessDenied'
  | 'empty';

export type ScannerFeed = Readonly<{
  /** Environment that the scanner bridge must be started with. */
  environment: Readonly<{ SANE_CONFIG_DIR: string }>;
  /** The device of the feed, as the scanner port names it. */
  deviceId: 'pnm:0';
  /**
   * Puts images (PNG, JPEG, TIFF with its pages) behind the paper that is in the feeder, in the order of the list, as
   * sides of paper at 300 dots per inch. Resolves with the number of sides now in the feeder.
   */
  loadFeeder(images: readonly string[], options?: Readonly<{ colorMode?: PnmPage['colorMode'] }>): Promise<number>;
  /** Sides that have not been scanned. */
  pagesLeft(): Promise<number>;
  /** Takes away the paper in the feeder and in the output tray. */
  emptyFeeder(): Promise<void>;
  /** From the next page on, or once a session has scanned `afterPages`. `none` ends it. */
  simulate(condition: ScannerCondition, afterPages?: number): Promise<void>;
  /** Pulls the cable: the device leaves the list and a running scan fails before its next page. */
  unplug(): Promise<void>;
  plug(): Promise<void>;
}>;

const feedDpi = 300;

/**
 * The demonstration's scanner: a private SANE configuration whose only backend is `pnm`, and a folder of pages that
 * the helper's `pnm-feeder` turns into a stack. Pages lie there in clear: it stands for the paper (docs, exceptions).
 */
export async function createScannerFeed(options: Readonly<{ folder: string }>): Promise<ScannerFeed> {
  const configuration = join(options.folder, 'sane');
  const feeder = join(configuration, 'feeder');
  const queue = join(feeder, 'queue');
  const taken = join(feeder, 'taken');
  const incoming = join(feeder, 'incoming');
  for (const folder of [queue, taken, incoming]) await mkdir(folder, { recursive: true, mode: 0o700 });

  /** Readers see the old text or the new one, never half of it. */
  async function replace(file: string, text: string | Uint8Array): Promise<void> {
    await writeFile(`${file}.new`, text, { mode: 0o600 });
    await rename(`${file}.new`, file);
  }

  async function pagesIn(folder: string): Promise<readonly string[]> {
    return (await readdir(folder)).filter((name) => name.endsWith('.pnm')).toSorted();
  }

  /** A page in the colour mode of the paper: the backend opens it before it reports a simulated fault. */
  function blankPage(colorMode: PnmPage['colorMode']): Promise<void> {
    const header = { bitonal: 'P4\n8 1\n', gray: 'P5\n8 1\n255\n', color: 'P6\n8 1\n255\n' }[colorMode];
    const bytes = { bitonal: 1, gray: 8, color: 24 }[colorMode];
    return replace(join(feeder, 'blank.pnm'), Buffer.concat([Buffer.from(header), Buffer.alloc(bytes, 0xff)]));
  }

  async function emptyFolder(folder: string): Promise<void> {
    for (const name of await readdir(folder)) await rm(join(folder, name), { force: true });
  }

  async function simulate(condition: ScannerCondition | 'unplugged', afterPages = 0): Promise<void> {
    await replace(join(feeder, 'condition'), `${condition} ${afterPages}\n`);
  }

  async function plug(): Promise<void> {
    await simulate('none');
    await replace(join(configuration, 'dll.conf'), 'pnm\n');
  }

  // A page that was being written when the demonstration was killed never entered the stack.
  await emptyFolder(incoming);
  await replace(join(feeder, 'dpi'), `${feedDpi}\n`);
  await blankPage('color');
  await plug();

  return {
    environment: { SANE_CONFIG_DIR: configuration },
    deviceId: 'pnm:0',
    async loadFeeder(images, { colorMode = 'color' } = {}) {
      const tray = await pagesIn(taken);
      // The last sheet may still be under the lamp.
      for (const name of tray.slice(0, -1)) await rm(join(taken, name), { force: true });
      await blankPage(colorMode);
      const last = [...tray, ...(await pagesIn(queue))].toSorted().at(-1);
      let number = Number.parseInt(last ?? '0', 10);
      for (const image of images) {
        for await (const page of readPages(image, { dpi: feedDpi, colorMode })) {
          number += 1;
          const name = `${String(number).padStart(6, '0')}.pnm`;
          await writeFile(join(incoming, name), page.pnm, { mode: 0o600 });
          await rename(join(incoming, name), join(queue, name));
        }
      }
      return (await pagesIn(queue)).length;
    },
    pagesLeft: async () => (await pagesIn(queue)).length,
    async emptyFeeder() {
      await emptyFolder(queue);
      await emptyFolder(taken);
    },
    simulate,
    async unplug() {
      await simulate('unplugged');
      await replace(join(configuration, 'dll.conf'), '');
    },
    plug,
  };
}
