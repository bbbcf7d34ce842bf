import { afterAll, beforeAll, describe } from 'vitest';
import { describeBlobs } from './testing/blobs-suite.ts';
import { startCentreRig } from './testing/centre-rig.ts';
import type { CentreRig } from './testing/centre-rig.ts';
import { describeDoors } from './testing/doors-suite.ts';
import { describeEntries } from './testing/entries-suite.ts';
import { describeFeed } from './testing/feed-suite.ts';
import { findPostgres } from './testing/postgresql.ts';
import { isEveryCase } from '../core/testing/every-case.ts';

// The same suite as on PostgreSQL: in `npm test` where that is not installed.
describe.skipIf(!isEveryCase && findPostgres() !== null)('the centre on the embedded database', () => {
  let rig: CentreRig;
  beforeAll(async () => {
    rig = await startCentreRig(null);
  });
  afterAll(() => rig.stop());
  describeEntries(() => rig);
  describeDoors(() => rig);
  describeBlobs(() => rig);
  describeFeed(() => rig);
});
