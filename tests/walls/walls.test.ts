import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
const restricted = 'eslint(no-restricted-imports)';

/** One violation per wall: the file that commits it, and what it imports. */
const violations: readonly (readonly [file: string, statement: string])[] = [
  ['core/contract/a.ts', "import { x } from '../domain/x.ts';"],
  ['core/contract/b.ts', "import { x } from 'node:fs/promises';"],
  ['core/contract/schemas/c.ts', "import { x } from '../../services/x.ts';"],
  ['core/domain/a.ts', "import { x } from '../documents/x.ts';"],
  ['core/domain/b.ts', "import { x } from 'node:fs';"],
  ['core/domain/c.ts', "import { x } from '../services/ports/x.ts';"],
  ['core/documents/a.ts', "import { x } from '../services/x.ts';"],
  ['core/documents/signing/b.ts', "import { x } from '../../store/x.ts';"],
  ['core/documents/signing/c.ts', "import { x } from '../../services/attention/x.ts';"],
  ['core/documents/d.ts', "import { x } from '../imaging/x.ts';"],
  ['core/imaging/a.ts', "import { x } from '../services/x.ts';"],
  ['core/imaging/b.ts', "import { x } from '../documents/x.ts';"],
  ['core/services/a.ts', "import { x } from '../store/x.ts';"],
  ['core/services/b.ts', "import { x } from '../sync/x.ts';"],
  ['core/services/c.ts', "import { x } from '../devices/x.ts';"],
  ['core/services/ports/d.ts', "import { x } from '../../host/x.ts';"],
  ['core/services/e.ts', "export { x } from '../store/x.ts';"],
  ['core/store/a.ts', "import { x } from '../sync/x.ts';"],
  ['core/store/b.ts', "import { x } from '../host/x.ts';"],
  ['core/sync/a.ts', "import { x } from '../store/x.ts';"],
  ['core/devices/a.ts', "import { x } from '../store/x.ts';"],
  ['core/devices/b.ts', "import { x } from 'pkcs11js';"],
  ['core/host/a.ts', "import { x } from '../../native/x.ts';"],
  ['core/host/b.ts', "import { x } from 'electron';"],
  ['core/host/c.ts', "import { x } from '../../demo/x.ts';"],
  ['core/services/f.ts', "import { x } from '../../central/x.ts';"],
  ['core/services/g.ts', "import { x } from 'react';"],
  ['core/sync/b.ts', "import { x } from 'better-sqlite3-multiple-ciphers';"],
  ['core/sync/c.ts', "import { x } from 'fastify';"],
  ['renderer/a.ts', "import { x } from '../core/domain/x.ts';"],
  ['renderer/b.tsx', "import { x } from 'node:fs';"],
  ['renderer/views/c.tsx', "import { x } from '../../core/services/x.ts';"],
  ['renderer/d.ts', "import { x } from 'electron';"],
  ['native/card-bridge/a.ts', "import { x } from '../../core/services/ports/x.ts';"],
  ['native/card-bridge/b.ts', "import { x } from '../../core/devices/card/x.ts';"],
  ['native/card-bridge/c.ts', "import type { x } from '../../core/store/x.ts';"],
  ['central/a.ts', "import { x } from '../core/services/x.ts';"],
  ['central/b.ts', "import { x } from '../core/store/x.ts';"],
  ['central/c.ts', "import { x } from '../demo/x.ts';"],
  ['demo/a.ts', "import { x } from '../electron/x.ts';"],
  ['demo/card/b.ts', "import { x } from '../../chromium/x.ts';"],
  ['electron/a.ts', "import { x } from '../chromium/x.ts';"],
  ['electron/b.ts', "import { x } from '../demo/x.ts';"],
  ['chromium/a.ts', "import { x } from '../electron/x.ts';"],
  ['chromium/b.ts', "import { x } from 'electron';"],
];

/** What the walls must let through, so that none of them is simply shut. */
const passages: readonly (readonly [file: string, statement: string])[] = [
  ['core/contract/ok.ts', "import { x } from 'zod';"],
  ['core/domain/ok.ts', "import { x } from '../contract/x.ts';"],
  ['core/documents/ok.ts', "import { x } from '../domain/x.ts';\nimport { y } from 'node:crypto';"],
  ['core/imaging/ok.ts', "import type { x } from '../services/ports/x.ts';"],
  ['core/services/ok.ts', "import { x } from '../documents/x.ts';\nimport { y } from './ports/store.ts';"],
  [
    'core/store/ok.ts',
    "import type { x } from '../services/ports/x.ts';\nimport { y } from 'better-sqlite3-multiple-ciphers';",
  ],
  ['core/devices/ok.ts', "import type { x } from '../services/ports/x.ts';"],
  ['core/host/ok.ts', "import { x } from '../store/x.ts';\nimport { y } from '../sync/x.ts';"],
  ['renderer/ok.tsx', "import { x } from '../core/contract/x.ts';\nimport { y } from 'react';"],
  ['native/card-bridge/ok.ts', "import type { x } from '../../core/services/ports/x.ts';\nimport { y } from 'koffi';"],
  ['central/ok.ts', "import { x } from '../core/documents/x.ts';\nimport { y } from './store/x.ts';"],
  ['demo/ok.ts', "import { x } from '../central/x.ts';\nimport { y } from '../core/host/x.ts';"],
  ['electron/ok.ts', "import { x } from '../core/host/x.ts';\nimport { y } from 'electron';"],
  ['core/services/ok.test.ts', "import { x } from '../store/x.ts';"],
];

/** Names that only a browser or only Node has, used where the project's types must not know them. */
const foreignGlobals: readonly (readonly [place: string, expression: string])[] = [
  ['core/contract', 'process.pid'],
  ['core/domain', 'process.pid'],
  ['core/domain', 'document.title'],
  ['core', 'document.title'],
  ['renderer/src', 'process.pid'],
  ['native', 'document.title'],
  ['central', 'document.title'],
];

const typedProjects = ['core/contract', 'core/domain', 'core', 'native', 'central', 'renderer'];

let folder = '';
let complaints = '';
let reported: readonly Readonly<{ code: string; filename: string }>[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ventanilla-walls-'));
  await cp(path.join(root, '.oxlintrc.json'), path.join(folder, '.oxlintrc.json'));
  for (const [file, statement] of [...violations, ...passages]) await plant(file, statement);
  await plant('core/domain/ring-a.ts', "import { b } from './ring-b.ts';\nexport const a = () => b;");
  await plant('core/domain/ring-b.ts', "import { a } from './ring-a.ts';\nexport const b = () => a;");
  await plant('core/domain/plain-default.ts', 'export default 1;');
  const output = await runTool('oxlint', ['--format', 'json'], folder);
  reported = (JSON.parse(output) as { diagnostics: typeof reported }).diagnostics;
  complaints = await checkForeignGlobals(path.join(folder, 'types'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('walls between floors', () => {
  it.each(violations)('%s must not say: %s', (file) => {
    expect(codesFor(file)).toContain(restricted);
  });

  it.each(passages)('%s may say: %s', (file) => {
    expect(codesFor(file)).not.toContain(restricted);
  });

  it('no ring of imports', () => {
    expect(codesFor('core/domain/ring-a.ts')).toContain('import(no-cycle)');
  });

  it('no default export', () => {
    expect(codesFor('core/domain/plain-default.ts')).toContain('import(no-default-export)');
  });
});

describe('walls between platforms', () => {
  it.each(foreignGlobals)('%s does not know %s', (sources, expression) => {
    const name = nameIn(expression);
    expect(complaints).toMatch(
      new RegExp(`^${sources}/seed-${name}\\.ts.*error TS\\d+: Cannot find name '${name}'`, 'mu'),
    );
  });

  it('and complains of nothing else', () => {
    expect(complaints.match(/error TS/gu)).toHaveLength(foreignGlobals.length);
  });
});

async function plant(file: string, content: string): Promise<void> {
  const target = path.join(folder, file);
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(target, `${content}\n`);
}

/** The projects as they are configured, each holding nothing but its violations. */
async function checkForeignGlobals(place: string): Promise<string> {
  await mkdir(path.join(place, 'node_modules'), { recursive: true });
  for (const name of ['@types', 'vite']) {
    await symlink(path.join(root, 'node_modules', name), path.join(place, 'node_modules', name));
  }
  for (const file of ['package.json', 'tsconfig.base.json']) await cp(path.join(root, file), path.join(place, file));
  for (const project of typedProjects) await copyProject(place, project);
  for (const [sources, expression] of foreignGlobals) {
    await mkdir(path.join(place, sources), { recursive: true });
    const seed = `export const seed: unknown = ${expression};\n`;
    await writeFile(path.join(place, sources, `seed-${nameIn(expression)}.ts`), seed);
  }
  return runTool('tsc', ['-b', ...typedProjects], place);
}

/** A project's configuration with those that it refers to, and one file in which there is nothing to complain of. */
async function copyProject(place: string, project: string): Promise<void> {
  const configuration = await readFile(path.join(root, project, 'tsconfig.json'), 'utf8');
  await mkdir(path.join(place, project), { recursive: true });
  await writeFile(path.join(place, project, 'tsconfig.json'), configuration);
  await writeFile(path.join(place, project, 'sound.ts'), 'export const sound = 1;\n');
  const { references = [] } = JSON.parse(configuration) as { references?: readonly { path: string }[] };
  for (const reference of references) await copyProject(place, path.join(project, reference.path));
}

function nameIn(expression: string): string {
  return expression.split('.')[0] ?? '';
}

function codesFor(file: string): readonly string[] {
  return reported.filter((entry) => entry.filename === file).map((entry) => entry.code);
}

function runTool(name: string, toolArguments: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(
      path.join(root, 'node_modules', '.bin', name),
      [...toolArguments],
      { cwd, maxBuffer: 16 * 1024 * 1024 },
      // A tool that finds something ends with a code of its own: what it said is what counts.
      (_error, stdout) => resolve(stdout),
    );
  });
}
