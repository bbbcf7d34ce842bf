import type { Page } from '@playwright/test';
import { demonstrationPassphrase, demonstrationPin } from '../../demo/credentials.ts';
import {
  collateAll,
  openDesk,
  readAlerts,
  readNumberAndCode,
  signIn,
  waitForScreen,
} from '../../demo/driver/counter-window.ts';
import { reachPapers, scanBoth } from './support/counter-story.ts';
import { noVirtualReader } from './support/sentences.ts';
import { useOffice } from './support/office.ts';
import { expect, test } from './support/test.ts';

/* A card that wants its PIN before each signature, as the DNIe does; the seal stays closed, so that the receipt asks too. */
const office = useOffice({ cards: 'virtual', asksPinEachTime: true });

test.beforeEach(async () => {
  const { standIns } = await office().actions.readState();
  test.skip(standIns.length > 0, noVirtualReader);
  await office().actions.insertCard('officer');
});

const pinField = (page: Page) => page.getByLabel('PIN de la tarjeta', { exact: true });

async function givePin(page: Page, step: string, pin: string): Promise<void> {
  await expect(page.getByRole('heading', { name: step })).toBeVisible();
  await pinField(page).fill(pin);
  await page.keyboard.press('Enter');
}

test('how often is said before; each time is asked; left half-way nothing is registered', async ({ openWindow }) => {
  const { page } = await openWindow(office());
  await openDesk(page, demonstrationPassphrase);
  await signIn(page, demonstrationPin);
  await page.getByRole('button', { name: 'Dejarlo para después' }).click();
  await reachPapers(page, 'paper');
  await scanBoth(page, office());
  await collateAll(page);
  await waitForScreen(page, 'Firma');
  const main = page.getByRole('main');
  await expect(main).toContainText('Esta tarjeta pide el PIN en cada firma: lo pedirá 4 veces.');
  await expect(main).not.toContainText('Un solo PIN');

  const sign = page.getByRole('button', { name: 'Firmar y registrar' });
  await pinField(page).fill(demonstrationPin);
  await sign.click();
  await expect(page.getByRole('heading', { name: 'PIN 2 de 4' })).toBeVisible();
  await page.getByRole('button', { name: 'Cancelar' }).click();
  await expect(main).toContainText('Se ha cancelado y no se ha registrado nada.');
  await expect(main).toContainText('lo pedirá 3 veces');

  await pinField(page).fill(demonstrationPin);
  await sign.click();
  await givePin(page, 'PIN 2 de 3', '999999');
  await expect(main.getByRole('alert').first()).toContainText('El PIN no es correcto. Quedan 2 intentos.');
  const told = await readAlerts(page);
  await givePin(page, 'PIN 2 de 3', demonstrationPin);
  await givePin(page, 'PIN 3 de 3', demonstrationPin);
  await waitForScreen(page, 'Entrega', told);
  expect((await readNumberAndCode(page)).recordNumber).toMatch(/A00001$/u);
});
