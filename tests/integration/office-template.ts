import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { layEmptyDatabase } from '../../central/testing/embedded-centre.ts';
import { openOffice } from '../../demo/office.ts';
import type { DemoPaths } from '../../demo/paths.ts';
import { demoPathsUnder } from '../../demo/paths.ts';
import { ensurePorts } from '../../demo/ports.ts';
import { drawSmallPage } from './small-pages.ts';

/*
 * Keys, certificates, a centre's first database and an enrolled desk take many seconds to make and two to copy: some offices
 * are made once for each day and state of the sources, and copied for each file of tests. One file at a time uses each,
 * since certificates name the ports; a file that finds all of them taken makes its own.
 */

const repository = path.join(import.meta.dirname, '..', '..');
const cache = path.join(repository, 'node_modules', '.cache', 'integration-office');
// Names of abstract sockets are short.
const checkout = createHash('sha256').update(cache).digest('hex').slice(0, 16);
const portNames = ['ocsp', 'timestamp', 'centre', 'line'] as const;

// Drawing the demonstration's own papers takes most of a minute on a busy machine: small ones lie there already.
const demonstrationPapers = [
  '1-instancia.jpg',
  '2-certificado.jpg',
  '3-identidad.jpg',
  '4-carta-anverso.jpg',
  '4-carta-reverso.jpg',
  '5-consentimiento.jpg',
];

// As many as there are files of tests at a time, and the window's.
const slots = ['a', 'b', 'c', 'd'] as const;

/** Lays what can be laid beforehand under `paths.root`. Call `release` when the office is closed. */
export async function layOffice(paths: DemoPaths): Promise<Readonly<{ release: Release }>> {
  const sources = path.join(cache, await fingerprint());
  for (const slot of slots) {
    const release = await claim(slot);
    if (release === null) continue;
    const template = path.join(sources, slot);
    await alone(() => ensureTemplate(sources, template));
    if (await arePortsFree(template)) await cp(template, paths.root, { recursive: true });
    else await placeEmpty(paths);
    return { release };
  }
  await placeEmpty(paths);
  return { release: async () => undefined };
}

async function ensureTemplate(sources: string, template: string): Promise<void> {
  if (existsSync(template)) return;
  await removeOthers(sources);
  const unfinished = demoPathsUnder(`${template}-unfinished`);
  await rm(unfinished.root, { recursive: true, force: true });
  await placeEmpty(unfinished);
  const office = await openOffice(unfinished, { cards: 'soft' });
  await office.close();
  await rename(unfinished.root, template);
}

async function removeOthers(sources: string): Promise<void> {
  await mkdir(sources, { recursive: true });
  for (const entry of await readdir(cache, { withFileTypes: true }))
    if (entry.isDirectory() && entry.name !== path.basename(sources))
      await rm(path.join(cache, entry.name), { recursive: true });
}

async function arePortsFree(template: string): Promise<boolean> {
  const kept = JSON.parse(await readFile(demoPathsUnder(template).ports, 'utf8')) as Readonly<Record<string, number>>;
  const copy = `${template}-ports.json`;
  await writeFile(copy, JSON.stringify(kept));
  const usable = await ensurePorts(copy, portNames);
  return portNames.every((name) => usable[name] === kept[name]);
}

/** One process after the other makes what it lacks. */
async function alone(work: () => Promise<void>): Promise<void> {
  for (;;) {
    const release = await claim('making');
    if (release === null) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      continue;
    }
    try {
      return await work();
    } finally {
      await release();
    }
  }
}

type Release = () => Promise<void>;

/** One process at a time: an abstract socket of Linux, which ends with whoever holds it. Null when it is held. */
function claim(name: string): Promise<Release | null> {
  const server = createServer();
  const close: Release = () => new Promise((resolve) => void server.close(() => resolve()));
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(null);
      else reject(error);
    });
    server.listen(`\0ventanilla-${checkout}-${name}`, () => resolve(close));
    server.unref();
  });
}

/** Of the day and of every source that has a part in an office. */
async function fingerprint(): Promise<string> {
  const hash = createHash('sha256').update(new Date().toISOString().slice(0, 10));
  for (const folder of ['demo', 'central', 'core']) {
    const entries = await readdir(path.join(repository, folder), { recursive: true });
    for (const name of entries.filter((entry) => entry.endsWith('.ts') && !entry.endsWith('.test.ts')).toSorted())
      hash.update(name).update(await readFile(path.join(repository, folder, name)));
  }
  return hash.digest('hex').slice(0, 32);
}

async function placeEmpty(paths: DemoPaths): Promise<void> {
  await layEmptyDatabase(paths.central);
  await placePapers(paths);
}

async function placePapers(paths: DemoPaths): Promise<void> {
  const folder = path.join(paths.scanner, 'pages');
  await mkdir(folder, { recursive: true });
  const page = await drawSmallPage(1);
  for (const name of demonstrationPapers) await writeFile(path.join(folder, name), page);
}
