import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { demonstrationPin } from '../../demo/credentials.ts';
import { fillPerson, openDesk, signIn, startAttention, waitForScreen } from '../../demo/driver/counter-window.ts';
import { person, reachCounter } from './support/counter-story.ts';
import { useOffice } from './support/office.ts';
import { expect, test } from './support/test.ts';

const office = useOffice({ isOneStory: true });
const newPassphrase = 'otra frase de paso bien larga';

test('a copy is made at the counter, and a machine without a desk gets it back with what was being typed', async ({
  openWindow,
}) => {
  const { paths } = office();
  const copies = path.join(paths.root, 'other-disk');
  await mkdir(copies);
  const first = await openWindow(office());
  await reachCounter(first.page);
  await startAttention(first.page);
  await fillPerson(first.page, person);
  await expect(first.page.getByText('Guardado', { exact: true })).toBeVisible();
  await first.page.getByRole('button', { name: /^Copia/u }).click();
  await first.page.getByLabel('Carpeta de otro disco').fill(copies);
  await first.page.getByRole('button', { name: 'Hacer la copia ahora' }).click();
  await expect(first.page.getByText('Copia hecha y asegurada en el disco.')).toBeVisible();
  await first.close();
  await rm(paths.desk, { recursive: true });

  const { page } = await openWindow(office());
  await waitForScreen(page, 'Este equipo no tiene ningún puesto');
  const restore = async (folder: string, recoveryKey: string) => {
    await page.getByLabel('Carpeta o disco de la copia').fill(folder);
    await page.getByLabel('Clave de recuperación').fill(recoveryKey);
    await page.getByLabel('Frase de paso nueva').fill(newPassphrase);
    await page.keyboard.press('Enter');
  };
  const recoveryKey = (await readFile(path.join(paths.root, 'recovery-key.txt'), 'utf8')).trim();
  const wrongKey = [recoveryKey.slice(6), recoveryKey.slice(0, 5)].join('-');
  await restore(copies, wrongKey);
  await expect(page.getByRole('alert')).toContainText('clave de recuperación');
  await restore(path.join(paths.root, 'nothing-here'), recoveryKey);
  await expect(page.getByRole('alert')).toContainText('En esa carpeta no hay ninguna copia completa');
  await restore(copies, recoveryKey);
  await expect(page.getByRole('heading', { name: 'Abrir el puesto' })).toBeVisible();
  await openDesk(page, newPassphrase);
  await signIn(page, demonstrationPin);
  await page.getByRole('button', { name: /^Copia/u }).click();
  await expect(page.getByText(/Este puesto se ha recuperado de la copia del/u)).toBeVisible();
  await page.keyboard.press('Escape');
  await page.getByLabel('PIN del sello').fill(demonstrationPin);
  await page.keyboard.press('Enter');
  await waitForScreen(page, 'Persona');
  const group = page.getByRole('group', { name: 'Persona que presenta' });
  await expect(group.getByRole('textbox', { name: 'Número' })).toHaveValue(person.identifier);
  await expect(group.getByRole('textbox', { name: 'Domicilio' })).toHaveValue(person.address);
});
