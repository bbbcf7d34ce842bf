import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { projectNode, run } from './processes.mjs';

const processesModule = new URL('./processes.mjs', import.meta.url).href;
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ventanilla-processes-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('running a program', () => {
  it('keeps its exit code, or the signal that ended it', async () => {
    expect(await run('sh', ['-c', 'exit 0'])).toBe(0);
    expect(await run('sh', ['-c', 'exit 3'])).toBe(3);
    expect(await run('sh', ['-c', 'kill -TERM $$'])).toBe(143);
    expect(await run('/nowhere/at-all', [])).toBe(127);
  });

  it('finds the project’s own tools before those of the system', async () => {
    const file = path.join(folder, 'version');
    await run('sh', ['-c', `node --version >${file}`]);
    expect(await readFile(file, 'utf8')).toMatch(/^v24\./u);
  });

  it('ends what the program leaves behind', async () => {
    const file = path.join(folder, 'pid');
    expect(await run('sh', ['-c', `sleep 1000 & echo $! >${file}`])).toBe(0);
    expect(isAlive(await readPid(file))).toBe(false);
  });

  it('ends also what does not listen to a polite signal', async () => {
    const file = path.join(folder, 'pid');
    const stubborn = `trap '' TERM; echo $$ >${file}.part; mv ${file}.part ${file}; while :; do sleep 1; done`;
    expect(await run('sh', ['-c', `sh -c "$0" & while [ ! -e ${file} ]; do sleep 0.05; done`, stubborn])).toBe(0);
    expect(isAlive(await readPid(file))).toBe(false);
  });

  it('passes a signal on, so that nobody is left', async () => {
    const file = path.join(folder, 'pid');
    const inner = `echo $$ >${file}.part; mv ${file}.part ${file}; sleep 1000`;
    const script = `const { run } = await import(${JSON.stringify(processesModule)});
      process.exit(await run('sh', ['-c', ${JSON.stringify(inner)}]));`;
    const outer = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
    const ended = new Promise((resolve) => outer.on('close', resolve));
    const pid = await readPid(file);
    outer.kill('SIGTERM');
    expect(await ended).toBe(143);
    expect(isAlive(pid)).toBe(false);
  });

  it('kills at the second signal what did not listen to the first', async () => {
    const file = path.join(folder, 'pid');
    const stubborn = `trap '' TERM; echo $$ >${file}.part; mv ${file}.part ${file}; while :; do sleep 1; done`;
    const script = `const { run } = await import(${JSON.stringify(processesModule)});
      process.exit(await run('sh', ['-c', ${JSON.stringify(stubborn)}]));`;
    const outer = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
    const ended = new Promise((resolve) => outer.on('close', resolve));
    const pid = await readPid(file);
    outer.kill('SIGTERM');
    // Signals of the same kind that wait are one: the first must have arrived.
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(isAlive(pid)).toBe(true);
    outer.kill('SIGTERM');
    expect(await ended).toBe(137);
    expect(isAlive(pid)).toBe(false);
  });

  it('lets a program of the project know that its starter was killed', async () => {
    const file = path.join(folder, 'pid');
    const told = path.join(folder, 'told');
    const program = path.join(folder, 'program.mjs');
    await writeFile(
      program,
      `import { renameSync, writeFileSync } from 'node:fs';
       process.once('disconnect', () => { writeFileSync(${JSON.stringify(`${told}.part`)}, 'yes'); renameSync(${JSON.stringify(`${told}.part`)}, ${JSON.stringify(told)}); });
       writeFileSync(${JSON.stringify(`${file}.part`)}, String(process.pid)); renameSync(${JSON.stringify(`${file}.part`)}, ${JSON.stringify(file)});`,
    );
    const script = `const { run } = await import(${JSON.stringify(processesModule)});
      await run(${JSON.stringify(projectNode)}, [${JSON.stringify(program)}]);`;
    const outer = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
    await readPid(file);
    outer.kill('SIGKILL');
    expect(await waitForFile(told)).toBe('yes');
  });
});

async function readPid(file) {
  return Number(await waitForFile(file));
}

async function waitForFile(file) {
  for (;;) {
    const content = await readFile(file, 'utf8').catch(() => null);
    if (content) return content.trim();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** One that ended and waits to be asked after by its parent is as good as gone. */
function isAlive(pid) {
  try {
    return !/\) Z /u.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
