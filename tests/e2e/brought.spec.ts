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
import { inspectScreen } from './support/inspect.ts';
import { expectChoosers } from './support/file-choosers.ts';
import { useOffice } from './support/office.ts';
import { expect, test } from './support/test.ts';

/* What the citizen of the demonstration carries on a memory stick, signed with a certificate of its own authority. */
const office = useOffice();

const button = (within: Page | Locator, name: string) => within.getByRole('button', { name, exact: true });
const onMedium = (name: string) => path.join(office().mediumFolder, name);

async function choose(page: Page, buttonName: string, ...names: readonly string[]): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await button(page, buttonName).click();
  await (await chooser).setFiles(names.map(onMedium));
}

/** From «Siguiente persona» to «Papeles», for an application that comes signed in a file. */
async function reachBroughtPapers(page: Page): Promise<void> {
  await startAttention(page);
  await fillPerson(page, person);
  await button(page, 'Seguir a la solicitud').click();
  await waitForScreen(page, 'Solicitud');
  await page.getByRole('radio', { name: /^En un fichero ya firmado/u }).check({ force: true });
  await page.getByRole('textbox', { name: 'Extracto' }).fill('Licencia para reformar un cuarto de baño');
  await page.getByRole('combobox', { name: 'Unidad de destino' }).fill('Urbanismo');
  await page.getByRole('option').first().click();
  await page.getByRole('checkbox', { name: 'Responde de la autenticidad de los anexos' }).check({ force: true });
  await button(page, 'Seguir a los papeles').click();
  await waitForScreen(page, 'Papeles');
}

test('a signed application and a broken annex are registered as they came, and a broken application is not', async ({
  openWindow,
}) => {
  const { page } = await openWindow(office());
  expectChoosers(page);
  const look = (name: string) => inspectScreen(page, name);
  await reachCounter(page);
  await reachBroughtPapers(page);
  await look('Papeles, a la espera del fichero');

  // The altered application: refused with its paper, and the attention goes on.
  await choose(page, 'Incorporar fichero', 'solicitud-alterada.pdf');
  const refused = page.getByRole('group', { name: 'Fichero solicitud-alterada.pdf' });
  await expect(refused).toContainText('La firma electrónica de la solicitud no es válida.');
  await expect(refused).toContainText('Traiga el documento firmado de nuevo');
  await expect(button(page, 'Incorporar')).toHaveCount(0);
  await look('Papeles, con una solicitud que no se admite');
  await button(refused, 'Hacer el escrito de no admisión').click();
  await expect(page.getByRole('group', { name: 'Escrito hecho' })).toBeFocused();
  await expect(page.getByRole('region', { name: 'Escrito de no admisión' }).getByRole('img')).toBeVisible();
  await page.keyboard.press('F9');
  await expect(page.getByText('Escrito enviado a la impresora.')).toBeVisible();
  await look('Papeles, con el escrito');
  await button(page, 'Seguir con otro fichero').click();
  await expect(button(page, 'Incorporar fichero')).toBeFocused();

  // The good one.
  await choose(page, 'Incorporar fichero', 'solicitud-firmada.pdf');
  const name = `${person.givenName} ${person.surname1} ${person.surname2}`;
  await expect(page.getByText(`Firmada por ${name} · válida`)).toBeVisible();
  await expect(button(page, 'Incorporar')).toBeFocused();
  await look('Papeles, con un fichero por incorporar');
  await page.keyboard.press('Enter');
  const application = page.getByRole('group', { name: 'Documento 1: Solicitud firmada' });
  await expect(application.getByLabel('Título')).toBeFocused();
  await expect(application.getByLabel('Sirve de')).toHaveValue('application');
  await button(page, 'Ver la comprobación de Solicitud firmada').click();
  const detail = page.getByRole('dialog');
  await expect(detail.getByTestId('verdict')).toHaveText(/Válida/u);
  await expect(detail.getByRole('group', { name: 'Firma 1' })).toContainText(`${name} · ${person.identifier}`);
  await expect(detail).toContainText('La firma cubre todo el fichero.');
  await look('Comprobación de un fichero');
  await page.keyboard.press('Escape');

  // Two annexes at once, one of them broken: told and not refused.
  await choose(page, 'Incorporar fichero', 'solicitud-alterada.pdf', 'informe-sin-firma.pdf');
  await button(page, 'Incorporar los 2 ficheros').click();
  const broken = page.getByRole('group', { name: 'Documento 2: Solicitud alterada' });
  await expect(broken).toContainText('La firma no es válida.');
  await expect(page.getByRole('group', { name: 'Documento 3: Informe sin firma' })).toContainText(
    'Sin firma electrónica.',
  );
  await button(page.getByRole('group', { name: /^Documento 3:/u }), 'Quitar documento').click();
  await expect(button(page, 'Deshacer')).toBeFocused();
  await button(page, 'Deshacer').click();
  await expect(page.getByRole('group', { name: 'Documento 3: Informe sin firma' })).toBeVisible();
  await look('Papeles, con ficheros');

  await button(page, 'Seguir al cotejo').click();
  await waitForScreen(page, 'Cotejo');
  await button(page, 'Seguir a la firma').click();
  await waitForScreen(page, 'Firma');
  const manifest = page.getByRole('table', { name: 'Documentos que se firman y registran' });
  await expect(manifest.getByText('aportado por la persona, no se vuelve a firmar')).toHaveCount(3);
  await look('Firma de lo aportado');
  // Nothing of it is signed again: there is no PIN to type.
  await expect(page.getByLabel('PIN de la tarjeta', { exact: true })).toHaveCount(0);
  await button(page, 'Firmar y registrar').click();
  await waitForScreen(page, 'Entrega');
  const { recordNumber } = await readNumberAndCode(page);
  await expect(page.getByRole('complementary')).toContainText('aportado por la persona, no se vuelve a firmar');
  // No paper came in, so none goes back.
  await expect(page.getByRole('checkbox', { name: 'Originales devueltos' })).toHaveCount(0);
  await page.getByRole('checkbox', { name: 'Justificante entregado' }).check({ force: true });
  await button(page, 'Siguiente persona').click();
  await waitForScreen(page, 'Siguiente persona');

  await openRecord(page, person.surname1, recordNumber);
  const documents = page.getByRole('table', { name: 'Documentos del asiento' });
  await expect(documents).toContainText(`Firmada por ${name} · válida`);
  await expect(documents).toContainText('La firma no es válida.');
  await button(page, 'Ver Solicitud firmada').click();
  await expect(page.getByRole('region', { name: 'Documento' }).getByRole('img')).toBeVisible();
  await look('Asiento con lo aportado');
  await button(page, 'Volver a la lista').click();
  await button(page, 'Ficheros no admitidos').click();
  await waitForScreen(page, 'Ficheros no admitidos');
  await expect(page.getByRole('table', { name: 'Ficheros no admitidos' })).toContainText('solicitud-alterada.pdf');
  await button(page, 'Ver el escrito de solicitud-alterada.pdf').click();
  await expect(page.getByRole('region', { name: 'Escrito de no admisión' }).getByRole('img')).toBeVisible();
  await look('Ficheros no admitidos');
});

test('«Comprobar firmas» says who signed and what is wrong, without an attention', async ({ openWindow }) => {
  const { page } = await openWindow(office());
  expectChoosers(page);
  await reachCounter(page);
  await button(page, 'Comprobar firmas').click();
  await waitForScreen(page, 'Comprobar firmas');
  await inspectScreen(page, 'Comprobar firmas');
  await choose(page, 'Elegir fichero', 'solicitud-firmada.pdf');
  await expect(page.getByTestId('verdict')).toHaveText(/Válida/u);
  await inspectScreen(page, 'Comprobar firmas, válida');
  await choose(page, 'Comprobar otro', 'solicitud-alterada.pdf');
  await expect(page.getByTestId('verdict')).toHaveText(/No válida/u);
  await expect(page.getByRole('main')).toContainText('El contenido no es el que se firmó.');
  await choose(page, 'Comprobar otro', 'presupuesto.pdf');
  await expect(page.getByText('El fichero es un programa.')).toBeVisible();
  await button(page, 'Hacer el escrito de no admisión').click();
  await expect(page.getByRole('region', { name: 'Escrito de no admisión' }).getByRole('img')).toBeVisible();
  await inspectScreen(page, 'Comprobar firmas, no se admite');
});
