import type { OpenDesk, ServiceContext } from './context.ts';

/** What an administrator allows the line to the centre to carry. */
export type LineRules = Readonly<{
  /** Kilobits per second for files on their way up; what records take does not count. Null: as fast as the line is. */
  uploadKbps: number | null;
  /** Official time (`08:00`) between which that holds; `from` after `until` runs over midnight. Null: always. */
  uploadHours: Readonly<{ from: string; until: string }> | null;
  /** Files up to so many bytes go over a line whose use is metered; larger ones wait. */
  meteredFileBytes: number;
}>;

export const usualLineRules: LineRules = { uploadKbps: null, uploadHours: null, meteredFileBytes: 100_000 };

const meteredSetting = 'line.metered';

/** Each byte of the line costs: only records and small files go. */
export function isLineMetered(store: Pick<OpenDesk['store'], 'findSetting'>): boolean {
  return store.findSetting(meteredSetting) === 'true';
}

/** Stays until somebody changes it, also when the desk is closed. */
export function setLineMetered(
  context: Pick<ServiceContext, 'officer' | 'desk' | 'statusChanged' | 'syncWanted'>,
  isMetered: boolean,
): void {
  const { officer } = context.officer();
  const { store } = context.desk();
  if (isLineMetered(store) === isMetered) return;
  store.transaction(() => {
    store.putSetting(meteredSetting, String(isMetered));
    store.appendAudit({
      action: 'line.metered',
      officerId: officer.officerId,
      subjectId: null,
      details: { isMetered },
    });
  });
  context.statusChanged();
  context.syncWanted();
}
