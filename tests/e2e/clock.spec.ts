import { openDesk as openStore } from '../../core/store/open-desk.ts';
import { auditEntry, settableClock } from '../../core/store/store-fixture.ts';
import { demonstrationPassphrase, demonstrationPin } from '../../demo/credentials.ts';
import {
  collateAll,
  deliver,
  openDesk,
  readNumberAndCode,
  signIn,
  unlockSeal,
  waitForScreen,
} from '../../demo/driver/counter-window.ts';
import { attend } from '../faults/attend.ts';
import { reachPapers, scanBoth } from './support/counter-story.ts';
import { useOffice } from './support/office.ts';
import type { TestOffice } from './support/office.ts';
import { expect, test } from './support/test.ts';

const office = useOffice();
const dayMs = 86_400_000;

/** Somebody who is in no directory any more registered and left; the desk has been closed ever since. */
async function registerDaysAgo({ paths }: TestOffice, days: number): Promise<void> {
  const clock = settableClock(new Date(Date.now() - days * dayMs).toISOString());
  const passphrase = new TextEncoder().encode(demonstrationPassphrase);
  const { store, ...desk } = await openStore({ folder: paths.desk, secret: { kind: 'passphrase', passphrase }, clock });
  await attend({ store, ...desk }, clock, () => undefined);
  for (const attention of store.listOpenAttentions()) {
    const { version } = attention;
    store.updateAttention({ ...attention, stage: 'delivery', version: version + 1 }, version, auditEntry);
  }
  await store.close();
}

test('what somebody who left the office registered is handed over; after a jump of the clock a supervisor gives her word first', async ({
  openWindow,
}) => {
  await registerDaysAgo(office(), 40);
  const { page } = await openWindow(office());
  await openDesk(page, demonstrationPassphrase);
  await signIn(page, demonstrationPin);
  await unlockSeal(page, demonstrationPin, 'Entrega');
  await deliver(page, false);

  await reachPapers(page, 'paper');
  await scanBoth(page, office());
  await collateAll(page);
  await waitForScreen(page, 'Firma');
  await page.getByLabel('PIN de la tarjeta', { exact: true }).fill(demonstrationPin);
  await page.getByRole('button', { name: 'Firmar y registrar' }).click();
  await expect(page.getByRole('alert')).toContainText('su conformidad en «Reloj»');

  await page.getByRole('button', { name: /^Reloj/u }).click();
  const clock = page.getByRole('dialog', { name: 'Reloj' });
  await expect(clock).toContainText('El último asiento es de');
  await clock.getByRole('button', { name: 'Dar la hora por buena' }).click();
  await expect(clock.getByText('El último asiento es de')).toHaveCount(0);
  await page.keyboard.press('Escape');

  // The signatures are there already: no PIN is asked again.
  await page.getByRole('button', { name: 'Firmar y registrar' }).click();
  await page.getByTestId('record-number').waitFor();
  expect((await readNumberAndCode(page)).recordNumber).toMatch(/A00002$/u);
});
