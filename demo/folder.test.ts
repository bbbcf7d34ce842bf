import { spawn } from 'node:child_process';
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { demoPaths } from './paths.ts';
import { ensurePorts } from './ports.ts';
import { claimDemonstration, isDemonstrationRunning } from './running.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ventanilla-demo-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('where the demonstration lives', () => {
  it('is the XDG data folder', () => {
    expect(demoPaths({ XDG_DATA_HOME: '/data', HOME: '/home/ana' }).root).toBe('/data/ventanilla/demo');
    expect(demoPaths({ HOME: '/home/ana' }).root).toBe('/home/ana/.local/share/ventanilla/demo');
  });

  it('ignores a relative or empty XDG_DATA_HOME, as the specification asks', () => {
    for (const stated of ['data', '']) {
      expect(demoPaths({ XDG_DATA_HOME: stated, HOME: '/home/ana' }).root).toBe(
        '/home/ana/.local/share/ventanilla/demo',
      );
    }
  });
});

describe('one demonstration at a time', () => {
  it('is claimed once, and again after it was given back', async () => {
    const file = path.join(folder, 'demo', 'running');
    const release = await claimDemonstration(file);
    expect(release).not.toBeNull();
    expect(await isDemonstrationRunning(file)).toBe(true);
    expect(await claimDemonstration(file)).toBeNull();
    await release?.();
    expect(await claimDemonstration(file)).not.toBeNull();
  });

  it('does not take a process number of before for a living demonstration', async () => {
    const file = path.join(folder, 'running');
    await writeFile(file, `${process.pid} 1`);
    expect(await isDemonstrationRunning(file)).toBe(false);
    expect(await claimDemonstration(file)).not.toBeNull();
  });
});

describe('npm run demo:reset', () => {
  it('removes the demonstration and nothing beside it', async () => {
    const root = path.join(folder, 'ventanilla', 'demo');
    await mkdir(path.join(root, 'desk'), { recursive: true });
    await writeFile(path.join(folder, 'ventanilla', 'other'), 'kept');
    expect(await reset()).toBe(0);
    await expect(access(root)).rejects.toThrow('ENOENT');
    expect(await readFile(path.join(folder, 'ventanilla', 'other'), 'utf8')).toBe('kept');
    expect(await reset()).toBe(0);
  });

  it('refuses while the demonstration is open', async () => {
    const root = path.join(folder, 'ventanilla', 'demo');
    await claimDemonstration(path.join(root, 'running'));
    expect(await reset()).toBe(1);
    await access(root);
  });

  function reset(): Promise<number | null> {
    return new Promise((resolve) => {
      const program = path.join(import.meta.dirname, 'reset.ts');
      const child = spawn(process.execPath, [program], { env: { XDG_DATA_HOME: folder }, stdio: 'ignore' });
      child.on('close', resolve);
    });
  }
});

describe('ports', () => {
  it('stay the same from run to run, and differ among themselves', async () => {
    const file = path.join(folder, 'ports.json');
    const first = await ensurePorts(file, ['ocsp', 'timestamp', 'central']);
    expect(new Set(Object.values(first)).size).toBe(3);
    expect(await ensurePorts(file, ['ocsp', 'timestamp', 'central'])).toEqual(first);
  });

  it('move away from one that somebody took', async () => {
    const file = path.join(folder, 'ports.json');
    const first = await ensurePorts(file, ['ocsp', 'timestamp']);
    const intruder = createServer();
    await new Promise<void>((resolve) => {
      intruder.listen(first.ocsp, '127.0.0.1', resolve);
    });
    const second = await ensurePorts(file, ['ocsp', 'timestamp']);
    await new Promise((resolve) => {
      intruder.close(resolve);
    });
    expect(second.ocsp).not.toBe(first.ocsp);
    expect(second.timestamp).toBe(first.timestamp);
  });
});
