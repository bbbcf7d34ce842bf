import type { Locator, Page } from '@playwright/test';
import { demonstrationPassphrase, demonstrationPin } from '../../demo/credentials.ts';
import { waitForJobToEnd, waitForScreen } from '../../demo/driver/counter-window.ts';
import { person } from './support/counter-story.ts';
import { useOffice } from './support/office.ts';
import { expect, test } from './support/test.ts';

/* The whole job by the commonest route without a mouse, at 1280×800: nothing here clicks. */
const office = useOffice();
const mostTabs = 90;

/** Tabs until the control has the focus, as a person would. */
async function tabTo(page: Page, control: Locator): Promise<void> {
  for (let count = 0; count < mostTabs; count += 1) {
    if (await control.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error('the Tab key does not get there');
}

async function type(page: Page, control: Locator, text: string): Promise<void> {
  await tabTo(page, control);
  await page.keyboard.type(text);
}

/** In a native list: the first letters. */
async function choose(page: Page, control: Locator, letters: string, value: string): Promise<void> {
  await tabTo(page, control);
  await page.keyboard.type(letters);
  await expect(control).toHaveValue(value);
}

async function arrive(page: Page, name: string): Promise<void> {
  await waitForScreen(page, name);
  // The focus is somewhere in the window after each step, and it can be seen.
  await expect
    .poll(() => page.evaluate(() => document.activeElement?.tagName ?? 'BODY'), { message: name })
    .not.toBe('BODY');
}

/** F8 with one more sheet in the feeder, into what the target list says. */
async function scan(page: Page, paper: string, target: string, documentNumber: number): Promise<Locator> {
  await office().feed.emptyFeeder();
  await office().feed.loadFeeder([paper]);
  await choose(
    page,
    page.getByLabel('Las páginas van a'),
    target,
    target.startsWith('S') ? 'new:application' : 'new:annex',
  );
  await page.keyboard.press('F8');
  const document = page.getByRole('group', { name: new RegExp(`^Documento ${documentNumber}: `, 'u') });
  await document.waitFor();
  await waitForJobToEnd(page);
  return document;
}

test('a citizen is attended by keyboard alone', async ({ openWindow }) => {
  const { page } = await openWindow(office());
  const [applicationPaper = '', annexPaper = ''] = office().papers;
  await page.evaluate(() => {
    document.addEventListener('pointerdown', () => document.body.setAttribute('data-mouse', 'used'), { capture: true });
  });

  await arrive(page, 'Abrir el puesto');
  await page.keyboard.type(demonstrationPassphrase);
  await page.keyboard.press('Enter');
  await arrive(page, 'Identificarse');
  await type(page, page.getByLabel('PIN de la tarjeta'), demonstrationPin);
  await page.keyboard.press('Enter');
  await arrive(page, 'Abrir el sello del órgano');
  await type(page, page.getByLabel('PIN del sello'), demonstrationPin);
  await page.keyboard.press('Enter');
  await waitForScreen(page, 'Siguiente persona');
  await page.keyboard.press('Enter');

  await arrive(page, 'Persona');
  const group = page.getByRole('group', { name: 'Persona que presenta' });
  await type(page, group.getByRole('textbox', { name: 'Número' }), person.identifier);
  await type(page, group.getByRole('textbox', { name: 'Nombre', exact: true }), person.givenName);
  await type(page, group.getByRole('textbox', { name: 'Primer apellido' }), person.surname1);
  await type(page, group.getByRole('textbox', { name: 'Segundo apellido' }), person.surname2);
  await type(page, group.getByRole('textbox', { name: 'Domicilio' }), person.address);
  await type(page, group.getByRole('textbox', { name: 'Código postal' }), person.postalCode);
  await type(page, group.getByRole('textbox', { name: 'Municipio' }), person.municipality);
  await choose(page, group.getByLabel('Provincia'), 'Zara', '50');
  const check = page.getByRole('group', { name: 'Cómo se ha identificado' });
  await choose(page, check.getByLabel('Documento mostrado'), 'DNI', 'dni');
  await tabTo(page, check.getByLabel('Comprobación'));
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');

  await arrive(page, 'Solicitud');
  await type(page, page.getByRole('combobox', { name: 'Procedimiento' }), 'Licencia de obra menor');
  await page.getByRole('option', { name: 'Licencia de obra menor' }).first().waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('combobox', { name: 'Procedimiento' })).toHaveValue('Licencia de obra menor');
  await tabTo(page, page.getByRole('textbox', { name: 'Extracto' }));
  await page.keyboard.type('Reforma de un baño');
  await tabTo(page, page.getByRole('checkbox', { name: 'Responde de la autenticidad de los anexos' }));
  await page.keyboard.press(' ');
  await page.keyboard.press('Enter');

  await arrive(page, 'Papeles');
  const application = await scan(page, applicationPaper, 'Solicitud', 1);
  await choose(page, application.getByLabel('El papel es'), 'O', 'original');
  const annex = await scan(page, annexPaper, 'Anexo', 2);
  await choose(page, annex.getByLabel('El papel es'), 'O', 'original');
  await page.keyboard.press('Enter');

  await arrive(page, 'Cotejo');
  const answered = page.getByRole('listbox', { name: 'Páginas' }).getByRole('option', { name: /confirmada/u });
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('+');
  await page.keyboard.press('0');
  await page.keyboard.press(' ');
  await expect(answered).toHaveCount(1);
  await page.keyboard.press(' ');
  await expect(answered).toHaveCount(2);
  await page.keyboard.press('Enter');

  await arrive(page, 'Firma');
  const pin = page.getByLabel('PIN de la tarjeta', { exact: true });
  await expect(pin).toBeFocused();
  await page.keyboard.type(demonstrationPin);
  await page.keyboard.press('Enter');
  await arrive(page, 'Entrega');
  await expect(page.getByTestId('record-number')).toHaveText(/A00001$/u);
  for (const name of ['Justificante entregado', 'Originales devueltos']) {
    await tabTo(page, page.getByRole('checkbox', { name }));
    await page.keyboard.press(' ');
    await expect(page.getByRole('checkbox', { name })).toBeChecked();
  }
  await page.keyboard.press('Enter');
  await waitForScreen(page, 'Siguiente persona');
  await page.keyboard.press('/');
  await expect(page.getByRole('searchbox', { name: 'Buscar en el registro' })).toBeFocused();
  expect(await page.evaluate(() => document.body.hasAttribute('data-mouse'))).toBe(false);
});
