import type { Page } from '@playwright/test';
import { demonstrationPassphrase, demonstrationPin } from '../../demo/credentials.ts';
import {
  collateAll,
  fillPerson,
  openDesk,
  readNumberAndCode,
  signAndRegister,
  signIn,
  startAttention,
  unlockSeal,
  waitForScreen,
} from '../../demo/driver/counter-window.ts';
import { person, reachPapers, scanBoth } from './support/counter-story.ts';
import { noVirtualReader } from './support/sentences.ts';
import { useOffice } from './support/office.ts';
import { expect, test } from './support/test.ts';

/* The officer's card in a reader, through pcscd and OpenSC, put in and pulled out. */
const office = useOffice({ cards: 'virtual' });

test.beforeEach(async () => {
  const { standIns } = await office().actions.readState();
  test.skip(standIns.length > 0, noVirtualReader);
  await office().actions.insertCard('officer');
});

async function reachCounterWithCard(page: Page): Promise<void> {
  await openDesk(page, demonstrationPassphrase);
  await signIn(page, demonstrationPin);
  await unlockSeal(page, demonstrationPin);
}

async function unlock(page: Page): Promise<void> {
  // The stage behind the locked screen may have a field of that name too.
  await page.getByLabel('PIN de la tarjeta').filter({ visible: true }).fill(demonstrationPin);
  await page.getByRole('button', { name: 'Desbloquear' }).click();
}

test('card out: locked; the card of somebody else: refused; card in and PIN: where one was', async ({ openWindow }) => {
  const { page } = await openWindow(office());
  await openDesk(page, demonstrationPassphrase);
  await page.getByLabel('PIN de la tarjeta').fill('999999');
  await page.getByRole('button', { name: 'Entrar' }).click();
  await expect(page.getByRole('main').getByRole('alert')).toContainText('El PIN no es correcto. Quedan 2 intentos.');
  await signIn(page, demonstrationPin);
  await unlockSeal(page, demonstrationPin);
  await startAttention(page);
  await fillPerson(page, person);

  await office().actions.removeCard('officer');
  await waitForScreen(page, 'Puesto bloqueado');
  // Nothing of the citizen is seen behind.
  await expect(page.getByText(person.address)).toBeHidden();
  await expect(page.getByRole('main')).toContainText('Inserte la tarjeta de ANA GARCÍA LÓPEZ');

  await office().actions.insertCard('secondOfficer');
  await expect(page.getByRole('main')).toContainText('LUIS PÉREZ RUIZ');
  await unlock(page);
  await expect(page.getByRole('main').getByRole('alert')).toContainText('La tarjeta es de otra persona.');
  await expect(page.getByRole('heading', { level: 1, name: 'Puesto bloqueado' })).toBeVisible();

  await office().actions.removeCard('officer');
  await page.getByLabel('PIN de la tarjeta').waitFor({ state: 'detached' });
  await office().actions.insertCard('officer');
  await unlock(page);
  await waitForScreen(page, 'Persona');
  await expect(page.getByRole('textbox', { name: 'Domicilio' })).toHaveValue(person.address);
});

test('card pulled while signing: nothing is registered, and with the card back it is done', async ({ openWindow }) => {
  const { page } = await openWindow(office());
  await reachCounterWithCard(page);
  await reachPapers(page, 'paper');
  await scanBoth(page, office());
  await collateAll(page);
  await waitForScreen(page, 'Firma');
  // A time stamp that takes its time holds the signing between the first document and the second one.
  await office().actions.setTimestampAuthority('slow');
  await page.getByLabel('PIN de la tarjeta', { exact: true }).fill(demonstrationPin);
  await page.getByRole('button', { name: 'Firmar y registrar' }).click();
  await page.getByRole('progressbar').waitFor();
  await office().actions.removeCard('officer');
  // What was being signed may say so before the desk locks.
  await expect(page.getByRole('heading', { level: 1, name: 'Puesto bloqueado' })).toBeVisible();
  await office().actions.setTimestampAuthority('ok');
  await office().actions.insertCard('officer');
  await unlock(page);
  await waitForScreen(page, 'Firma');
  await expect(page.getByRole('main').getByRole('alert').first()).toContainText(
    /Se ha retirado la tarjeta|La firma no se ha completado|No hay tarjeta/u,
  );
  await signAndRegister(page, demonstrationPin);
  expect((await readNumberAndCode(page)).recordNumber).toMatch(/A00001$/u);
});
