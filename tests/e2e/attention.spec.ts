import { readsSpanish } from '../../core/devices/tesseract/testing/installed.ts';
import { demonstrationPin } from '../../demo/credentials.ts';
import {
  collateAll,
  deliver,
  openRecord,
  prepareConsent,
  readNumberAndCode,
  scanConsent,
  signAndRegister,
  waitForScreen,
} from '../../demo/driver/counter-window.ts';
import {
  annexPaper,
  feedPrintedPaper,
  person,
  reachCounter,
  reachPapers,
  scanBoth,
  scanOne,
  waitForSync,
} from './support/counter-story.ts';
import { useOffice } from './support/office.ts';
import { expect, test } from './support/test.ts';

const office = useOffice({ readsText: true });

test('a citizen is attended from the greeting to the central registry', async ({ openWindow, shell }) => {
  const { page } = await openWindow(office());
  // Art. 43 on one shell, by hand on paper on the other.
  const route = shell === 'chromium' ? 'officer' : 'paper';
  await reachCounter(page);
  await reachPapers(page, route);
  if (route === 'paper') await scanBoth(page, office());
  else await scanOne(page, office(), 'annex', annexPaper);
  await collateAll(page);
  if (route === 'officer') {
    await prepareConsent(page);
    await feedPrintedPaper(office());
    await scanConsent(page);
  }
  await waitForScreen(page, 'Firma');
  await signAndRegister(page, demonstrationPin);
  const { recordNumber, verificationCode } = await readNumberAndCode(page);
  expect(recordNumber).toMatch(/^O00009999e\d{2}03A\d{5}$/u);
  expect(verificationCode).toMatch(/^VEN-/u);
  // pdf.js needs a newer engine than the Electron 33 that tests may run on.
  if (shell === 'chromium')
    await expect(page.getByRole('region', { name: 'Justificante' }).locator('canvas').first()).toBeVisible();
  await deliver(page, route === 'officer');
  await waitForSync(page);

  const answer = await fetch(`${office().verificationUrl}?codigo=${encodeURIComponent(verificationCode)}`);
  expect(answer.status).toBe(200);
  await openRecord(page, person.surname1, recordNumber);
  await expect(page.getByRole('table', { name: 'Documentos del asiento' })).toContainText(annexPaper.title);
  if (route !== 'officer' || !readsSpanish()) return;
  // The consent is the one paper here that is written in words.
  await page.getByRole('button', { name: /^Texto reconocido de .*onsentimiento/u }).click();
  await expect(page.getByRole('textbox', { name: /^Texto reconocido: / })).toHaveValue(/MARTÍNEZ SOLER/u, {
    timeout: 90_000,
  });
  await page.getByRole('button', { name: 'Copiar el texto' }).click();
  await expect(page.getByRole('status').filter({ hasText: /^Copiado$|^Está seleccionado/u })).toBeVisible();
});
