import type { Page } from '@playwright/test';
import { openPinPad } from '../../demo/card/pin-pad.ts';
import type { PinPad } from '../../demo/card/pin-pad.ts';
import { demonstrationPassphrase, demonstrationPin } from '../../demo/credentials.ts';
import {
  collateAll,
  openDesk,
  readNumberAndCode,
  unlockSeal,
  waitForScreen,
} from '../../demo/driver/counter-window.ts';
import { reachPapers, scanBoth } from './support/counter-story.ts';
import { noVirtualReader } from './support/sentences.ts';
import { useOffice } from './support/office.ts';
import { expect, test } from './support/test.ts';

/* A reader with keys of its own: the PIN is typed there, and the window counts the seconds. */
const office = useOffice({ cards: 'pinPads' });
let pad: PinPad | null = null;

test.beforeEach(async () => {
  const { standIns } = await office().actions.readState();
  test.skip(standIns.length > 0, noVirtualReader);
  const [address] = office().pinPads;
  pad = await openPinPad(address ?? '');
  await office().actions.insertCard('officer');
});
test.afterEach(async () => {
  await pad?.close();
  pad = null;
});

function keys(): PinPad {
  if (pad === null) throw new Error('no PIN pad');
  return pad;
}
const timer = (page: Page) => page.getByRole('timer');
const secondsOf = async (page: Page) => Number(/\d+/u.exec(await timer(page).innerText())?.[0]);

test('sign in and sign on the reader: countdown, red key, wrong PIN, right PIN', async ({ openWindow }) => {
  const { page } = await openWindow(office());
  const enter = page.getByRole('button', { name: 'Entrar' });
  const alert = page.getByRole('main').getByRole('alert');
  await openDesk(page, demonstrationPassphrase);
  await expect(page.getByRole('main')).toContainText('Escriba el PIN en el teclado del lector');
  await expect(page.getByLabel('PIN de la tarjeta')).toHaveCount(0);

  await enter.click();
  await expect(page.getByRole('status').filter({ hasText: '«Virtual PIN pad 00 00»' })).toBeVisible();
  const first = await secondsOf(page);
  expect(first).toBeLessThanOrEqual(30);
  await expect.poll(() => secondsOf(page)).toBeLessThan(first);
  await keys().cancel();
  await expect(alert).toContainText('No se llegó a escribir el PIN.');
  await expect(timer(page)).toHaveCount(0);

  await enter.click();
  await keys().enter('999999');
  await expect(alert).toContainText('El PIN no es correcto. Quedan 2 intentos.');
  await enter.click();
  await keys().enter(demonstrationPin);
  await waitForScreen(page, /Abrir el sello|Siguiente persona/u);
  await unlockSeal(page, demonstrationPin);

  await reachPapers(page, 'paper');
  await scanBoth(page, office());
  await collateAll(page);
  await waitForScreen(page, 'Firma');
  const sign = page.getByRole('button', { name: 'Firmar y registrar' });
  await sign.click();
  await expect(timer(page)).toBeVisible();
  await keys().cancel();
  await expect(alert.first()).toContainText('No se llegó a escribir el PIN.');
  await sign.click();
  await keys().enter(demonstrationPin);
  await waitForScreen(page, 'Entrega');
  expect((await readNumberAndCode(page)).recordNumber).toMatch(/A00001$/u);
});
