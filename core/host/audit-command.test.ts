import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { auditEntry, createDeskFixture } from '../store/store-fixture.ts';

const command = fileURLToPath(new URL('./audit-command.ts', import.meta.url));

function run(commandArguments: readonly string[], input = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...commandArguments], {
    input,
    encoding: 'utf8',
  });
  return { status, text: stdout + stderr };
}

test('the audit is verified and exported without the program, also while it has the desk open', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'ventanilla-audit-'));
  try {
    const fixture = await createDeskFixture(parent);
    const desk = await fixture.open();
    for (let count = 0; count < 3; count += 1) desk.store.appendAudit(auditEntry);
    const database = join(fixture.folder, 'desk.db');
    const verified = run(['verify', '--db', database, '--recovery'], `${fixture.recoveryKey}\n`);
    expect(verified).toMatchObject({ status: 0, text: expect.stringContaining('Cadena íntegra: 4 anotaciones') });
    expect(verified.text).toContain('no hay ningún punto de control');
    const exported = join(parent, 'audit.jsonl');
    const order = ['export', '--db', database, '--out', exported, '--recovery'];
    expect(run(order, fixture.recoveryKey)).toMatchObject({ status: 0 });
    // What is there is not written over.
    expect(run(order, fixture.recoveryKey)).toMatchObject({
      status: 2,
      text: expect.stringContaining('ya existe y no se cambia'),
    });
    await desk.store.close();

    expect(run(['verify', '--export', exported]).status).toBe(0);
    writeFileSync(exported, readFileSync(exported, 'utf8').replaceAll('test.done', 'test.gone'));
    expect(run(['verify', '--export', exported])).toMatchObject({
      status: 1,
      text: expect.stringContaining('el contenido de la anotación 2'),
    });
    writeFileSync(exported, 'not an export\n');
    expect(run(['verify', '--export', exported])).toMatchObject({
      status: 2,
      text: expect.stringContaining('línea 1'),
    });
    const unreadable = (order: readonly string[], sentence: string, input = '') => {
      expect(run(order, input)).toMatchObject({ status: 2, text: expect.stringContaining(sentence) });
    };
    unreadable(
      ['verify', '--db', database, '--recovery'],
      'Esa clave de recuperación no es la que corresponde',
      'AAAA',
    );
    unreadable(['verify', '--export', join(parent, 'none')], 'none» no existe');
    unreadable(['verify', '--export', parent], 'es una carpeta');
    unreadable(['verify', '--export', exported, '--desk-key', 'short'], 'han de ser 32 octetos en base64');
    // A list with nothing in it would vouch for any chain.
    const empty = join(parent, 'empty');
    writeFileSync(empty, '');
    unreadable(['verify', '--export', exported, '--checkpoints', empty], 'no hay ningún punto de control');
    expect(run([])).toMatchObject({ status: 2, text: expect.stringContaining('Uso:') });
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
});
