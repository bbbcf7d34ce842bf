import type { Page } from '@playwright/test';
import { demonstrationPassphrase, demonstrationPin } from '../../demo/credentials.ts';
import {
  collateAll,
  openDesk,
  readNumberAndCode,
  scanPaper,
  signAndRegister,
  signIn,
  startAttention,
  waitForScreen,
} from '../../demo/driver/counter-window.ts';
import { annexPaper, reachCounter, reachPapers, readLine, scanBoth, waitForSync } from './support/counter-story.ts';
import { useOffice } from './support/office.ts';
import { expect, test } from './support/test.ts';

/* What goes wrong at each step: one Spanish sentence with the next step, beside where it happened; and one goes on. */
const office = useOffice();

/** The one alert of the window, in the main part of it, with the support number in small print. */
async function expectAlert(page: Page, sentence: string): Promise<void> {
  const alert = page.getByRole('main').getByRole('alert');
  await expect(alert).toHaveCount(1);
  await expect(alert).toContainText(sentence);
  await expect(alert).toContainText(/Número de soporte [A-Z0-9]{6}/u);
}

test('a wrong passphrase, a wrong PIN of the card and one of the seal', async ({ openWindow }) => {
  const { page } = await openWindow(office());
  await waitForScreen(page, 'Abrir el puesto');
  await page.getByLabel('Frase de paso').fill('otra frase');
  await page.keyboard.press('Enter');
  await expectAlert(page, 'La frase de paso no es correcta. Escríbala otra vez, con sus espacios y mayúsculas.');
  await openDesk(page, demonstrationPassphrase);

  await page.getByLabel('PIN de la tarjeta').fill('654321');
  await page.keyboard.press('Enter');
  await expectAlert(page, 'El PIN no es correcto.');
  // What was typed is not left there, and the cursor waits for the next try.
  await expect(page.getByLabel('PIN de la tarjeta')).toHaveValue('');
  await expect(page.getByLabel('PIN de la tarjeta')).toBeFocused();
  await signIn(page, demonstrationPin);

  await page.getByLabel('PIN del sello').fill('654321');
  await page.keyboard.press('Enter');
  await expectAlert(page, 'El PIN no es correcto.');
  await page.getByLabel('PIN del sello').fill(demonstrationPin);
  await page.keyboard.press('Enter');
  await waitForScreen(page, 'Siguiente persona');
});

test('a wrong letter, and going on with data missing', async ({ openWindow }) => {
  const { page } = await openWindow(office());
  await reachCounter(page);
  await startAttention(page);
  const group = page.getByRole('group', { name: 'Persona que presenta' });
  const number = group.getByRole('textbox', { name: 'Número' });
  await number.fill('12345678A');
  await expect(group).toContainText('La letra o las cifras no corresponden.');
  await expect(number).toHaveAttribute('aria-invalid', 'true');
  await number.fill('12345678');
  await group.getByRole('button', { name: 'Poner la letra Z' }).click();
  await expect(number).toHaveValue('12345678Z');
  await expect(number).toHaveAttribute('aria-invalid', 'false');

  await page.getByRole('button', { name: 'Seguir a la solicitud' }).click();
  const missing = page.getByRole('list', { name: 'Para seguir falta' });
  await expect(missing.getByRole('button').first()).toBeVisible();
  await expect(page.getByRole('heading', { level: 1, name: 'Persona' })).toBeVisible();
  // The focus is in the first field that is missing.
  await expect(page.locator('main :focus')).toHaveAttribute('aria-invalid', 'true');
});

test('an empty feeder, a jam, an open cover and a scanner without its cable', async ({ openWindow }) => {
  const { page } = await openWindow(office());
  await reachCounter(page);
  await reachPapers(page, 'paper');
  const scan = page.getByRole('button', { name: 'Escanear', exact: true }).first();
  await page.getByLabel('Las páginas van a').selectOption('new:annex');

  await scan.click();
  await expectAlert(page, 'No hay papel en el alimentador. Colóquelo y pulse «Escanear» otra vez.');

  await office().feed.loadFeeder(office().papers.slice(0, 2));
  await office().actions.setScannerFault('coverOpen');
  await scan.click();
  await expectAlert(page, 'La tapa del escáner está abierta. Ciérrela y repítalo.');

  await office().actions.setScannerFault('jam');
  await scan.click();
  await expectAlert(page, 'Se ha atascado el papel. Abra el escáner, retírelo con cuidado y repita desde esa página.');

  await office().actions.setScannerFault('unplugged');
  await scan.click();
  await expect(page.getByRole('main').getByRole('alert')).toContainText(
    /No se encuentra ningún escáner|El escáner se ha desconectado/u,
  );

  await office().actions.setScannerFault('none');
  await expect(page.getByRole('button', { name: /^Escáner listo/u })).toBeVisible();
  await scanPaper(page, 'annex', 'texto-color', annexPaper);
  await expect(page.getByRole('main').getByRole('alert')).toHaveCount(0);
  await expect(page.getByRole('listbox', { name: `Páginas de ${annexPaper.title}` }).getByRole('option')).toHaveCount(
    2,
  );
});

test('with the centre and the time-stamp authority down it is registered all the same, and completed later', async ({
  openWindow,
}) => {
  const { page } = await openWindow(office());
  await reachCounter(page);
  await reachPapers(page, 'paper');
  await scanBoth(page, office());
  await collateAll(page);
  await waitForScreen(page, 'Firma');
  await office().actions.setLine('down');
  await signAndRegister(page, demonstrationPin);
  const { recordNumber } = await readNumberAndCode(page);
  expect(recordNumber).toMatch(/A00001$/u);
  await expect(page.getByTestId('verification-code')).toHaveText(/^VEN-/u);
  const pending = await readLine(page);
  expect(pending).toMatch(/Asientos por enviar 1 /u);
  expect(pending).toMatch(/Firmas por completar [1-9]/u);
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: /^Línea/u }).click();
  const line = page.getByRole('dialog', { name: 'Línea' });
  const metered = line.getByRole('checkbox', { name: 'Línea de uso medido' });
  await metered.focus();
  await page.keyboard.press('Space');
  await expect(metered).toBeChecked();
  await expect(line).toContainText(/Ningún documento espera\.|Esperan? \d+ documentos?, [\d,]+ [KM]B\./u);
  await page.keyboard.press('Space');
  await expect(metered).not.toBeChecked();

  await office().actions.setLine('up');
  await line.getByRole('button', { name: 'Enviar ahora' }).click();
  await waitForSync(page);
});
