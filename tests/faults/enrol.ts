import type { DeskFixture } from '../../core/store/store-fixture.ts';
import { enrolDesk } from '../../core/sync/enrol-desk.ts';

export const officeCode = 'O00009999';

/** Enrols a desk of the office with a centre. */
export async function enrol(
  fixture: DeskFixture,
  centre: Readonly<{
    url: () => string;
    issueEnrolmentCode: (office: string, desk: string) => Promise<string>;
  }>,
  deskNumber: string,
  now: Date,
): Promise<void> {
  const { store } = await fixture.open();
  try {
    const enrolmentCode = await centre.issueEnrolmentCode(officeCode, deskNumber);
    await enrolDesk({ store, centreUrl: centre.url(), enrolmentCode, officeCode, deskNumber, now });
  } finally {
    await store.close();
  }
}
