import type { Page } from '@playwright/test';
import { demonstrationPassphrase, demonstrationPin } from '../../demo/credentials.ts';
import {
  deliver,
  fillApplication,
  fillPerson,
  goToPapers,
  openDesk,
  openRecord,
  prepareConsent,
  readNumberAndCode,
  scanConsent,
  signAndRegister,
  signIn,
  startAttention,
  unlockSeal,
  waitForScreen,
} from '../../demo/driver/counter-window.ts';
import { annexPaper, applicationBy, feedPrintedPaper, person, scanOne } from './support/counter-story.ts';
import { inspectScreen } from './support/inspect.ts';
import { useOffice } from './support/office.ts';
import { expect, test } from './support/test.ts';

const office = useOffice();

/** What lies on the glass is shown, and is no page of anything. */
async function lookAtGlass(page: Page, look: (name: string) => Promise<void>): Promise<void> {
  const profile = page.getByLabel('Perfil de digitalización');
  const open = page.getByRole('button', { name: 'Ver el cristal' });
  await expect(open).toBeHidden();
  await profile.selectOption('documento-identidad');
  await expect(open).toBeVisible();
  await office().feed.loadFeeder([office().papers[1] ?? '']);
  await page.keyboard.press('F7');
  const dialog = page.getByRole('dialog', { name: 'Lo que hay en el cristal' });
  await dialog.getByRole('img', { name: 'Lo que hay en el cristal del escáner' }).waitFor();
  await expect(dialog.getByRole('button', { name: 'Escanear' })).toBeFocused();
  await look('El cristal');
  await office().feed.emptyFeeder();
  await dialog.getByRole('button', { name: 'Mirar otra vez' }).click();
  await dialog.getByRole('alert').waitFor();
  await look('El cristal, con un fallo');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('option', { name: 'Página' })).toHaveCount(1);
  await profile.selectOption('texto-color');
}

test('every screen and stage: no violation of axe in light and dark, no sideways scroll, no English', async ({
  openWindow,
}) => {
  test.setTimeout(600_000);
  const { page, killServices } = await openWindow(office());
  const look = (name: string) => inspectScreen(page, name);
  const button = (name: string) => page.getByRole('button', { name, exact: true });

  await waitForScreen(page, 'Abrir el puesto');
  await look('Abrir el puesto');
  await openDesk(page, demonstrationPassphrase);
  await look('Identificarse');
  await signIn(page, demonstrationPin);
  await look('Abrir el sello');
  await unlockSeal(page, demonstrationPin);
  await look('Siguiente persona');
  for (const name of ['Tarjeta', 'Escáner', 'Sello', 'Línea', 'Reloj', 'Copia', 'Avisos']) {
    await page.getByRole('button', { name: new RegExp(`^${name}`, 'u') }).click();
    await page.getByRole('dialog', { name }).waitFor();
    await look(name);
    await page.keyboard.press('Escape');
  }

  await startAttention(page);
  await button('Seguir a la solicitud').click();
  await look('Persona, con lo que falta');
  await fillPerson(page, person);
  await page.getByLabel('Obligación de relacionarse electrónicamente').selectOption({ index: 1 });
  await look('Persona obligada');
  await page.getByLabel('Obligación de relacionarse electrónicamente').selectOption('none');
  await page.getByRole('button', { name: 'Dejar la atención' }).click();
  await page.getByRole('dialog').waitFor();
  await look('Dejar la atención');
  await page.keyboard.press('Escape');
  await fillApplication(page, applicationBy('officer'));
  await look('Solicitud');
  await goToPapers(page);
  await look('Papeles, sin papeles');
  await button('Escanear').click();
  await page.getByRole('main').getByRole('alert').waitFor();
  await look('Papeles, con un fallo');
  await scanOne(page, office(), 'annex', annexPaper);
  await look('Papeles');
  await lookAtGlass(page, look);
  await button('Seguir al cotejo').click();
  await waitForScreen(page, 'Cotejo');
  await look('Cotejo');
  await button('Confirmar página').click();
  await button('Seguir al consentimiento').click();
  await waitForScreen(page, 'Consentimiento');
  await look('Consentimiento');
  await prepareConsent(page);
  await look('Consentimiento preparado');
  await feedPrintedPaper(office());
  await scanConsent(page, () => look('Consentimiento escaneado'));
  await waitForScreen(page, 'Firma');
  await page.getByLabel('PIN de la tarjeta', { exact: true }).waitFor();
  await look('Firma');
  await signAndRegister(page, demonstrationPin);
  const { recordNumber } = await readNumberAndCode(page);
  await look('Entrega');
  await deliver(page, true);
  await look('Siguiente persona, con asientos');
  await openRecord(page, person.surname1, recordNumber);
  await button('Ver Justificante').click();
  await look('Asiento');
  await button('Volver a la lista').click();
  await waitForScreen(page, 'Registros');
  await look('Registros');
  await searchByDay(page, recordNumber, look);
  await page.getByRole('button', { name: /^Sesión de/u }).click();
  await page.getByRole('menuitem', { name: 'Bloquear el puesto' }).click();
  await waitForScreen(page, 'Puesto bloqueado');
  await look('Puesto bloqueado');
  await killServices();
  await page.getByRole('button', { name: 'Volver a conectar' }).waitFor();
  await look('El programa se ha detenido');
});

/** Days are typed and read as in Spain, whatever the language of the machine. */
async function searchByDay(page: Page, recordNumber: string, look: (name: string) => Promise<void>): Promise<void> {
  const [from, to] = [page.getByLabel('Desde'), page.getByLabel('Hasta')];
  const found = page.getByRole('table', { name: 'Asientos' }).getByRole('button', { name: recordNumber });
  await expect(from).toHaveValue(/^\d{2}\/\d{2}\/\d{4}$/u);
  await from.fill('1/2/20');
  await from.press('Tab');
  await expect(from).toHaveValue('01/02/2020');
  await expect(found).toBeVisible();
  await to.fill('29/2/2021');
  await to.press('Tab');
  await expect(to).toHaveAccessibleDescription('Escriba el día así: 31/12/2026.');
  await to.fill('31012020');
  await to.press('Tab');
  await expect(to).toHaveValue('31/01/2020');
  await expect(to).toHaveAccessibleDescription('Es anterior a «Desde»: corrija uno de los dos días.');
  await expect(found).toBeHidden();
  await look('Registros, con los días cambiados');
  await to.fill('');
  await expect(found).toBeVisible();
}
