import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * Claims a demonstration folder for this process, so that two demonstrations never share one and none is removed under
 * a running one. Returns how to give it back, or null when somebody living holds it.
 */
export async function claimDemonstration(runningFile: string): Promise<(() => Promise<void>) | null> {
  await mkdir(path.dirname(runningFile), { recursive: true, mode: 0o700 });
  if (await isDemonstrationRunning(runningFile)) return null;
  await rm(runningFile, { force: true });
  try {
    await writeFile(runningFile, await processMark(process.pid), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    // Somebody else was faster between the two lines above.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return null;
    throw error;
  }
  return () => rm(runningFile, { force: true });
}

export async function isDemonstrationRunning(runningFile: string): Promise<boolean> {
  const mark = await readFile(runningFile, 'utf8').catch(() => '');
  const pid = Number(mark.split(' ')[0]);
  return pid > 0 && (await processMark(pid)) === mark;
}

/** Number and start time of a process: a number alone may have gone to another one after a crash. */
async function processMark(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  // Field 22, counted after the name in brackets, which may hold blanks (proc(5)).
  const startTime = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return startTime === undefined ? '' : `${pid} ${startTime}`;
}
