import { z } from 'zod';
import { AppError, toErrorMessage } from '../contract/errors.ts';
import type { ErrorCode } from '../contract/errors.ts';
import type { DeskStatus } from '../contract/schemas/desk.ts';
import { instantSchema } from '../contract/schemas/common.ts';
import type { OpenDesk, ServiceContext } from './context.ts';
import type { Jobs, JobReport } from './jobs.ts';
import type { BackupProgress } from './ports/backup.ts';

const settingName = 'backup.last';
const lastSchema = z.strictObject({ at: instantSchema, folder: z.string() });

const lookMs = 10 * 60_000;
const hourMs = 3_600_000;
const mebibyte = 1024 * 1024;

/** Copies of the desk, by hand and by themselves. */
export type Backups = Readonly<{
  /** Starts a copy to an absolute folder; a job. Throws `backup.busy` while another one runs. */
  start(folder: string): string;
  describe(desk: OpenDesk | null): DeskStatus['backup'];
  /** Looks whether a copy is due, now and from time to time. */
  keepSchedule(): void;
  close(): void;
}>;

/** `now` is the official one. A copy that failed by itself is tried again at the next look. */
export function createBackups(
  context: Pick<ServiceContext, 'configuration' | 'clock' | 'desk' | 'statusChanged' | 'log'>,
  jobs: Jobs,
): Backups {
  const scheduled = context.configuration.backup;
  let timer: NodeJS.Timeout | null = null;
  let problem: ErrorCode | null = null;

  function start(folder: string): string {
    if (jobs.isRunning('backup')) throw new AppError('backup.busy');
    const { store, backUp } = context.desk();
    return jobs.start('backup', 'desk', async ({ signal, report }) => {
      try {
        const made = await backUp({ folder, signal, report: (progress) => report(describeBackup(progress)) });
        const { createdAt, fileCount, freshCount } = made;
        store.transaction(() => {
          store.putSetting(settingName, JSON.stringify({ at: createdAt, folder }));
          const details = { files: fileCount, fresh: freshCount };
          store.appendAudit({ action: 'backup.made', officerId: null, subjectId: null, details });
        });
        problem = null;
      } catch (error) {
        const { code } = toErrorMessage(error);
        if (code !== 'request.cancelled') problem = code;
        throw error;
      } finally {
        context.statusChanged();
      }
    });
  }

  function look(): void {
    if (scheduled === null || jobs.isRunning('backup')) return;
    const last = readLast(context.desk());
    const age = last === null ? null : context.clock.now().getTime() - Date.parse(last.at);
    if (age === null || age >= scheduled.everyHours * hourMs) start(scheduled.folder);
  }

  return {
    start,
    describe(desk) {
      const last = desk === null ? null : readLast(desk);
      const dueMs = scheduled === null ? null : 2 * scheduled.everyHours * hourMs;
      const age = last === null ? Number.POSITIVE_INFINITY : context.clock.now().getTime() - Date.parse(last.at);
      return {
        lastAt: last?.at ?? null,
        folder: last?.folder ?? scheduled?.folder ?? null,
        everyHours: scheduled?.everyHours ?? null,
        isOverdue: desk !== null && dueMs !== null && age > dueMs,
        problem,
      };
    },
    keepSchedule() {
      if (scheduled === null || timer !== null) return;
      const lookSafely = () => {
        try {
          look();
        } catch (error) {
          context.log.error('backup.schedule', error);
        }
      };
      timer = setInterval(lookSafely, lookMs);
      lookSafely();
    },
    close() {
      if (timer !== null) clearInterval(timer);
    },
  };
}

function readLast({ store }: OpenDesk): z.infer<typeof lastSchema> | null {
  const text = store.findSetting(settingName);
  return text === null ? null : lastSchema.parse(JSON.parse(text));
}

/** Also of a copy that is read back. The database counts in mebibytes, the rest in files. */
export function describeBackup({ step, done, total }: BackupProgress): JobReport {
  switch (step) {
    case 'database':
      return { phase: 'copyingDatabase', done: Math.ceil(done / mebibyte), total: Math.ceil(total / mebibyte) };
    case 'files':
      return { phase: 'copyingFiles', done, total };
    case 'checking':
      return { phase: 'checkingFiles', done, total };
    case 'finishing':
      return { phase: 'finishing', done, total };
  }
}
