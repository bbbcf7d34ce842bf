import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createCentre } from '../centre.ts';
import type { Centre, CentreOptions } from '../centre.ts';
import { openEmbeddedDatabase } from '../database/embedded-database.ts';

const cache = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'embedded-database');

/** A new centre on the embedded database, started for the first time. */
export async function createEmbeddedCentre(options: CentreOptions): Promise<Centre> {
  await layEmptyDatabase(options.dataFolder);
  return createCentre(options);
}

/**
 * PostgreSQL's own first tables, as the embedded database makes them in the data folder of a centre that starts for the first
 * time: they take more processor than all that a test asks, and are made once for each version.
 */
export async function layEmptyDatabase(dataFolder: string): Promise<void> {
  await mkdir(dataFolder, { recursive: true });
  await cp(await ensureEmptyDatabase(), join(dataFolder, 'database'), { recursive: true });
}

async function ensureEmptyDatabase(): Promise<string> {
  const made = join(cache, await readVersion());
  if (existsSync(made)) return made;
  const unfinished = `${made}-${randomUUID()}`;
  await mkdir(unfinished, { recursive: true });
  await (await openEmbeddedDatabase(unfinished)).close();
  try {
    await rename(unfinished, made);
  } catch (error) {
    // Somebody else made it meanwhile.
    if (!existsSync(made)) throw error;
    await rm(unfinished, { recursive: true });
  }
  return made;
}

async function readVersion(): Promise<string> {
  const description = new URL('../package.json', import.meta.resolve('@electric-sql/pglite'));
  const { version } = JSON.parse(await readFile(description, 'utf8')) as { version: string };
  return version;
}
