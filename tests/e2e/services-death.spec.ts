import { demonstrationPassphrase, demonstrationPin } from '../../demo/credentials.ts';
import { fillPerson, openDesk, signIn, startAttention, waitForScreen } from '../../demo/driver/counter-window.ts';
import { person, reachCounter } from './support/counter-story.ts';
import { useOffice } from './support/office.ts';
import { expect, test } from './support/test.ts';

const office = useOffice();

test('the services die with the window open: it says so, they start again, and nothing is lost', async ({
  openWindow,
}) => {
  const { page, killServices } = await openWindow(office());
  await reachCounter(page);
  await startAttention(page);
  await fillPerson(page, person);
  await expect(page.getByText('Guardado', { exact: true })).toBeVisible();
  await killServices();

  await expect(page.getByRole('alert')).toContainText('El programa se ha detenido');
  await expect(page.getByRole('alert')).toContainText('Lo que se mostraba como hecho está guardado.');
  await page.getByRole('button', { name: 'Volver a conectar' }).click();
  await waitForScreen(page, 'Abrir el puesto');
  await openDesk(page, demonstrationPassphrase);
  await signIn(page, demonstrationPin);
  // The seal's session died with them: it is asked again.
  await waitForScreen(page, 'Abrir el sello del órgano');
  await page.getByLabel('PIN del sello').fill(demonstrationPin);
  await page.getByRole('button', { name: 'Abrir el sello' }).last().click();
  await waitForScreen(page, 'Persona');
  const group = page.getByRole('group', { name: 'Persona que presenta' });
  await expect(group.getByRole('textbox', { name: 'Número' })).toHaveValue(person.identifier);
  await expect(group.getByRole('textbox', { name: 'Domicilio' })).toHaveValue(person.address);
  await expect(group.getByRole('textbox', { name: 'Correo electrónico' })).toHaveValue(person.email);
});

test('they die twice, and the second time is told as the first', async ({ openWindow }) => {
  const { page, killServices } = await openWindow(office());
  for (let time = 0; time < 2; time += 1) {
    await waitForScreen(page, 'Abrir el puesto');
    await killServices();
    await page.getByRole('button', { name: 'Volver a conectar' }).click();
  }
  await reachCounter(page);
});
