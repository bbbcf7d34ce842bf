import type { BlobStore } from './blobs/blob-store.ts';
import type { CentreKey } from './centre-key.ts';
import type { CentreLog } from './centre-log.ts';
import type { Database } from './database/database.ts';
import type { AtRest } from './encryption/at-rest.ts';
import type { Metrics } from './http/metrics.ts';
import type { CentreSeal } from './seal/centre-seal.ts';

/** What every part of the centre is given. */
export type CentreContext = Readonly<{
  centreName: string;
  database: Database;
  atRest: AtRest;
  blobs: BlobStore;
  key: CentreKey;
  /** Null: receipts of offices without a seal stay as their officer signed them. */
  seal: CentreSeal | null;
  log: CentreLog;
  metrics: Metrics;
  now: () => Date;
}>;
