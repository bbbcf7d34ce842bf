import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClockPort } from '../services/ports/surroundings.ts';
import { databaseFileName } from '../store/database.ts';
import { keyFileName } from '../store/master-key.ts';
import { createDesk, openDesk } from '../store/open-desk.ts';
import { openRecoveryIdentity } from '../store/recovery-identity.ts';
import { enrolDesk } from '../sync/enrol-desk.ts';
import { fetchReference } from '../sync/fetch-reference.ts';

type Options = Readonly<{
  folder: string;
  centreUrl: string;
  officeCode: string;
  deskNumber: string;
  enrolmentCode: string;
  recoveryKey: string;
  /** Wiped. */
  passphrase: Uint8Array;
  clock: ClockPort;
}>;

/**
 * A desk whose disk broke and of which there is no copy: a new database under the same recovery key, a new key pair, new
 * series. The recovery key proves to the centre that it is the same desk, so that the next rounds bring back what it sent.
 * Nothing stays when the centre does not take it. Rejects as `createDesk` and `enrolDesk` do.
 */
export async function enrolAgain(options: Options): Promise<void> {
  const { folder, centreUrl, officeCode, deskNumber, enrolmentCode, recoveryKey, passphrase, clock } = options;
  // Both take the bytes and wipe them; of a Buffer, `slice` would be the same bytes.
  const forOpening = Uint8Array.from(passphrase);
  try {
    await createDesk({ folder, secret: { kind: 'passphrase', passphrase }, clock, recoveryKey });
    try {
      const desk = await openDesk({ folder, secret: { kind: 'passphrase', passphrase: forOpening }, clock });
      try {
        const recovery = openRecoveryIdentity(recoveryKey);
        const now = clock.now();
        await enrolDesk({ store: desk.store, centreUrl, enrolmentCode, officeCode, deskNumber, now, recovery });
        desk.store.beginRecovery('enrolledAgain', null);
        await fetchReference({ store: desk.store, centreUrl, clock });
      } finally {
        await desk.store.close();
      }
    } catch (error) {
      // Made a moment ago and not enrolled: nothing is in it.
      for (const name of [
        keyFileName,
        databaseFileName,
        `${databaseFileName}-wal`,
        `${databaseFileName}-shm`,
        'anchor.json',
      ])
        await rm(join(folder, name), { force: true });
      throw error;
    }
  } finally {
    forOpening.fill(0);
    passphrase.fill(0);
  }
}
