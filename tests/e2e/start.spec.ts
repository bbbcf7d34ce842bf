import { demonstrationPassphrase, demonstrationPin } from '../../demo/credentials.ts';
import { openDesk, signIn, unlockSeal, waitForScreen } from '../../demo/driver/counter-window.ts';
import { useOffice } from './support/office.ts';
import { expect, test } from './support/test.ts';

const office = useOffice();

test('the window opens on a closed desk, and an officer gets to the counter', async ({ openWindow }) => {
  const { page } = await openWindow(office());
  await waitForScreen(page, 'Abrir el puesto');
  await expect(page).toHaveTitle(/Ventanilla/u);
  await expect(page.locator('html')).toHaveAttribute('lang', 'es');
  await expect(page.getByRole('region', { name: 'Demostración' })).toContainText(demonstrationPassphrase);
  await openDesk(page, demonstrationPassphrase);
  await signIn(page, demonstrationPin);
  await unlockSeal(page, demonstrationPin);
  await expect(page.getByText('Oficina', { exact: false }).first()).toBeVisible();
  await expect(page.getByRole('button', { name: 'Sesión de ANA GARCÍA LÓPEZ' })).toBeVisible();
});

test('a window that is loaded again is where it was', async ({ openWindow }) => {
  const { page } = await openWindow(office());
  await openDesk(page, demonstrationPassphrase);
  await signIn(page, demonstrationPin);
  await page.reload();
  await waitForScreen(page, 'Abrir el sello del órgano');
  await page.reload();
  await waitForScreen(page, 'Abrir el sello del órgano');
});
