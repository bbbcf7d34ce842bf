import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Locator, Page } from '@playwright/test';
import {
  fillPerson,
  openRecord,
  readNumberAndCode,
  startAttention,
  waitForScreen,
} from '../../demo/driver/counter-window.ts';
import { person, reachCounter } from './support/counter-story.ts';
import { expectChoosers } from './support/file-choosers.ts';
import { useOffice } from './support/office.ts';
import { expect, test } from './support/test.ts';

/* Other ways in which files come: by keyboard alone, dropped, with the signature apart, and with the line down. */
const office = useOffice();

const button = (within: Page | Locator, name: string) => within.getByRole('button', { name, exact: true });
const onMedium = (name: string) => path.join(office().mediumFolder, name);

async function chooseByKey(page: Page, ...names: readonly string[]): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await page.keyboard.press('F2');
  await (await chooser).setFiles(names.map(onMedium));
}

/** Tabs until the control has the focus, as a person would. */
async function tabTo(page: Page, control: Locator): Promise<void> {
  for (let count = 0; count < 60; count += 1) {
    if (await control.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error('the Tab key does not get there');
}

/** The bytes of a file of the medium, let go over the window. */
async function drop(page: Page, name: string): Promise<void> {
  const content = (await readFile(onMedium(name))).toString('base64');
  await page.evaluate(
    ({ base64, fileName }) => {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([bytes], fileName));
      for (const type of ['dragover', 'drop'])
        document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
    },
    { base64: content, fileName: name },
  );
}

test('files are verified, refused and brought by keyboard alone', async ({ openWindow }) => {
  const { page } = await openWindow(office());
  expectChoosers(page);
  await reachCounter(page);
  await startAttention(page);
  await fillPerson(page, person);
  await button(page, 'Seguir a la solicitud').click();
  await waitForScreen(page, 'Solicitud');
  await page.evaluate(() => {
    document.addEventListener('pointerdown', () => document.body.setAttribute('data-mouse', 'used'), { capture: true });
  });
  await tabTo(page, page.getByRole('combobox', { name: 'Unidad de destino' }));
  await page.keyboard.type('Urbanismo');
  await page.getByRole('option').first().waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await tabTo(page, page.getByRole('radio', { name: /^En papel,/u }));
  for (let count = 0; count < 3; count += 1) await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('radio', { name: /^En un fichero ya firmado/u })).toBeChecked();
  await tabTo(page, page.getByRole('textbox', { name: 'Extracto' }));
  await page.keyboard.type('Reforma de un baño');
  await page.keyboard.press('Enter');
  await waitForScreen(page, 'Papeles');

  await chooseByKey(page, 'solicitud-alterada.pdf');
  await expect(button(page, 'Hacer el escrito de no admisión')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('group', { name: 'Escrito hecho' })).toBeFocused();
  await page.keyboard.press('F9');
  await expect(page.getByText('Escrito enviado a la impresora.')).toBeVisible();
  await tabTo(page, button(page, 'Seguir con otro fichero'));
  await page.keyboard.press('Enter');
  await expect(button(page, 'Incorporar fichero')).toBeFocused();
  await chooseByKey(page, 'solicitud-firmada.pdf');
  await expect(button(page, 'Incorporar')).toBeFocused();
  // What nobody has decided on is not left behind.
  await expect(page.getByText('Incorpore o descarte los ficheros para seguir.')).toBeVisible();
  await expect(button(page, 'Seguir al cotejo')).toHaveCount(0);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('group', { name: /^Documento 1:/u }).getByLabel('Título')).toBeFocused();
  await tabTo(page, page.getByRole('button', { name: /^Ver la comprobación de/u }));
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: /^Ver la comprobación de/u })).toBeFocused();
  await tabTo(page, page.getByRole('group', { name: /^Documento 1:/u }).getByLabel('Título'));
  await page.keyboard.press('Enter');
  await waitForScreen(page, 'Cotejo');
  await page.keyboard.press('F4');
  await waitForScreen(page, 'Comprobar firmas');
  await chooseByKey(page, 'informe-sin-firma.pdf');
  await expect(page.getByTestId('verdict')).toHaveText(/Sin firma/u);
  await expect(page.getByRole('group', { name: 'Resultado de la comprobación' })).toBeFocused();
  await page.keyboard.press('Escape');
  await waitForScreen(page, 'Cotejo');
  expect(await page.evaluate(() => document.body.hasAttribute('data-mouse'))).toBe(false);
});

test('a dropped file, and a signature that came apart from what it signs', async ({ openWindow }) => {
  const { page } = await openWindow(office());
  expectChoosers(page);
  const { citizen, issuing } = office().pki;
  const [data, signature] = [onMedium('factura.xml'), onMedium('factura.xml.p7s')];
  await writeFile(data, '<factura><importe>100</importe></factura>\n');
  const signer = ['-signer', citizen.certificate, '-inkey', citizen.key, '-certfile', issuing.certificate];
  const form = ['-binary', '-cades', '-md', 'sha256', '-outform', 'DER'];
  execFileSync('openssl', ['cms', '-sign', '-in', data, '-out', signature, ...signer, ...form]);
  await writeFile(onMedium('otra.xml'), '<factura><importe>900</importe></factura>\n');

  await reachCounter(page);
  await page.keyboard.press('F4');
  await waitForScreen(page, 'Comprobar firmas');
  await drop(page, 'solicitud-firmada.pdf');
  await expect(page.getByTestId('verdict')).toHaveText(/Válida/u);
  await chooseByKey(page, 'factura.xml.p7s', 'factura.xml');
  await expect(page.getByRole('region', { name: 'Fichero factura.xml' })).toContainText(
    'Con su firma aparte: factura.xml.p7s',
  );
  await expect(page.getByTestId('verdict')).toHaveText(/Válida/u);
  await chooseByKey(page, 'factura.xml.p7s');
  await expect(page.getByRole('list', { name: 'Motivos' }).first()).toContainText('Falta lo que se firmó');
  const chooser = page.waitForEvent('filechooser');
  await button(page, 'Elegir el fichero firmado').click();
  await (await chooser).setFiles([onMedium('otra.xml')]);
  await expect(page.getByTestId('verdict')).toHaveText(/No válida/u);
  // Nothing of what one person showed is there for the next.
  await page.keyboard.press('Escape');
  await waitForScreen(page, 'Siguiente persona');
  await page.keyboard.press('F4');
  await expect(button(page, 'Elegir fichero')).toBeVisible();
  await expect(page.getByTestId('verdict')).toHaveCount(0);
});

test('without a line a signature cannot be concluded: it is admitted, marked, and verified when the line is back', async ({
  openWindow,
}) => {
  await office().actions.setLine('down');
  const { page } = await openWindow(office());
  expectChoosers(page);
  await reachCounter(page);
  await startAttention(page);
  await fillPerson(page, person);
  await button(page, 'Seguir a la solicitud').click();
  await waitForScreen(page, 'Solicitud');
  await page.getByRole('radio', { name: /^En un fichero ya firmado/u }).check({ force: true });
  await page.getByRole('textbox', { name: 'Extracto' }).fill('Licencia para reformar un cuarto de baño');
  await page.getByRole('combobox', { name: 'Unidad de destino' }).fill('Urbanismo');
  await page.getByRole('option').first().click();
  await button(page, 'Seguir a los papeles').click();
  await waitForScreen(page, 'Papeles');
  await chooseByKey(page, 'solicitud-firmada.pdf');
  await expect(
    page.getByText('No se puede comprobar aún: sin línea. Se admite y se comprobará después.'),
  ).toBeVisible();
  await button(page, 'Incorporar').click();
  const brought = page.getByRole('group', { name: /^Documento 1:/u });
  await button(brought, 'Comprobar otra vez').click();
  await expect(brought.getByRole('status')).toHaveCount(0);
  await expect(brought).toContainText('No se puede comprobar aún: sin línea.');
  await button(page, 'Seguir al cotejo').click();
  await waitForScreen(page, 'Cotejo');
  await button(page, 'Seguir a la firma').click();
  await waitForScreen(page, 'Firma');
  await button(page, 'Firmar y registrar').click();
  await waitForScreen(page, 'Entrega');
  const { recordNumber } = await readNumberAndCode(page);
  await page.getByRole('checkbox', { name: 'Justificante entregado' }).check({ force: true });
  await button(page, 'Siguiente persona').click();
  await waitForScreen(page, 'Siguiente persona');

  await openRecord(page, person.surname1, recordNumber);
  const documents = page.getByRole('table', { name: 'Documentos del asiento' });
  await expect(documents).toContainText('No se pudo comprobar: sin línea. Se admitió.');
  await expect(documents).toContainText('Pendiente de comprobar otra vez');
  await office().actions.setLine('up');
  await expect(documents).toContainText('Comprobada otra vez el', { timeout: 90_000 });
  await expect(documents).toContainText(/Firmada por .+ · válida/u);
  await expect(documents).not.toContainText('Pendiente de comprobar otra vez');
});
