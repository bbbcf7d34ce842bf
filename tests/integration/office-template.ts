import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openOffice } from '../../demo/office.ts';
import type { DemoPaths } from '../../demo/paths.ts';
import { demoPathsUnder } from '../../demo/paths.ts';
import { ensurePorts } from '../../demo/ports.ts';
import { isRunning } from './processes.ts';
import { drawSmallPage } from './small-pages.ts';

/*
 * Keys, certificates, a centre's first database and an enrolled desk take ten seconds to make and two to copy: an office
 * is made once for each day and state of the sources, and copied for each file of tests. One file at a time uses it,
 * since certificates name the ports; one that finds it taken makes its own.
 */

const repository = path.join(import.meta.dirname, '..', '..');
const cache = path.join(repository, 'node_modules', '.cache', 'integration-office');
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

/** Lays what can be laid beforehand under `paths.root`. Call `release` when the office is closed. */
export async function layOffice(paths: DemoPaths): Promise<Readonly<{ release: () => Promise<void> }>> {
  await mkdir(cache, { recursive: true });
  const lock = path.join(cache, 'in-use');
  if (!(await claim(lock))) {
    await placePapers(paths);
    return { release: async () => undefined };
  }
  const template = await ensureTemplate();
  if (await arePortsFree(template)) await cp(template, paths.root, { recursive: true });
  else await placePapers(paths);
  return { release: () => rm(lock, { force: true }) };
}

async function ensureTemplate(): Promise<string> {
  const template = path.join(cache, await fingerprint());
  const known = (await readdir(cache, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  if (known.some(({ name }) => name === path.basename(template))) return template;
  for (const { name } of known) await rm(path.join(cache, name), { recursive: true });
  const unfinished = demoPathsUnder(path.join(cache, 'unfinished'));
  await placePapers(unfinished);
  const office = await openOffice(unfinished, { cards: 'soft' });
  await office.close();
  await rename(unfinished.root, template);
  return template;
}

async function arePortsFree(template: string): Promise<boolean> {
  const kept = JSON.parse(await readFile(demoPathsUnder(template).ports, 'utf8')) as Readonly<Record<string, number>>;
  const copy = path.join(cache, 'ports.json');
  await writeFile(copy, JSON.stringify(kept));
  const usable = await ensurePorts(copy, portNames);
  return portNames.every((name) => usable[name] === kept[name]);
}

/** One process at a time; what a dead one left is taken over. */
async function claim(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    const owner = Number(await readFile(lock, 'utf8').catch(() => '0'));
    if (owner === 0 || isRunning(owner)) return false;
    await rm(lock, { force: true });
    return claim(lock);
  }
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

async function placePapers(paths: DemoPaths): Promise<void> {
  const folder = path.join(paths.scanner, 'pages');
  await mkdir(folder, { recursive: true });
  const page = await drawSmallPage(1);
  for (const name of demonstrationPapers) await writeFile(path.join(folder, name), page);
}
