import type { Page } from 'playwright';
import { makePdf } from './stand-in/pictures.ts';

type Show = (name: string) => Promise<void>;
type Route = 'paper' | 'officer' | 'citizenCard' | 'broughtSigned';

/** One attention by the names of renderer/README.md. */
export async function walk(page: Page, route: Route, show: Show): Promise<void> {
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const heading = (name: string) => page.getByRole('heading', { level: 1, name }).waitFor({ state: 'attached' });

  await heading('Abrir el puesto');
  await show('open-desk');
  await page.getByLabel('Frase de paso').fill('otra frase');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').waitFor();
  await show('open-desk-wrong');
  await page.getByLabel('Frase de paso').fill('demostracion de ventanilla');
  await page.keyboard.press('Enter');

  await heading('Identificarse');
  await page.getByLabel('PIN de la tarjeta').fill('0000');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').waitFor();
  await show('sign-in-wrong-pin');
  await page.getByLabel('PIN de la tarjeta').fill('123456');
  await page.keyboard.press('Enter');
  await heading('Abrir el sello del órgano');
  await show('seal');
  await page.getByLabel('PIN del sello').fill('123456');
  await button('Abrir el sello').last().click();

  await heading('Siguiente persona');
  await page.getByRole('table').waitFor();
  await show('home');
  if (route === 'paper') {
    await verifyFiles(page, show);
    await checkScanner(page, show);
  }
  await page.keyboard.press('Enter');

  await heading('Persona');
  await page.keyboard.press('Enter');
  await show('person-missing');
  await page.getByLabel('Número', { exact: true }).pressSequentially('12345678');
  await button('Poner la letra Z').waitFor();
  await show('person-letter');
  await button('Poner la letra Z').click();
  await page.getByLabel('Nombre', { exact: true }).fill('JOSÉ');
  await page.getByLabel('Primer apellido').fill('MARTÍNEZ');
  await page.getByLabel('Segundo apellido').fill('SOLER');
  await page.getByLabel('Domicilio').fill('Calle Mayor 12, 3.º B');
  await page.getByLabel('Código postal').fill('50001');
  await page.getByLabel('Municipio').fill('Villanueva del Ebro');
  await page.getByLabel('Documento mostrado').selectOption('dni');
  if (route === 'paper') {
    await page.getByLabel('Obligación de relacionarse electrónicamente').selectOption('registeredProfessional');
    await page.getByText('art. 14.2').waitFor();
    await show('person-obliged');
    await page.getByLabel('Obligación de relacionarse electrónicamente').selectOption('none');
  }
  await page.getByLabel('Segundo apellido').focus();
  await page.keyboard.press('Enter');

  await heading('Solicitud');
  const procedure = page.getByRole('combobox', { name: 'Procedimiento' });
  await procedure.focus();
  // A list closes when the page scrolls, and taking the focus may scroll it.
  await page.waitForTimeout(150);
  await procedure.fill('licencia');
  await page.getByRole('option', { name: 'Licencia de obra menor' }).waitFor();
  await show('application-procedures');
  await page.getByRole('option', { name: 'Licencia de obra menor' }).click();
  if (route === 'officer') await page.getByRole('radio', { name: /^La firma el funcionario/u }).check();
  if (route === 'broughtSigned') await page.getByRole('radio', { name: /^En un fichero/u }).check();
  if (route === 'citizenCard') await page.getByRole('radio', { name: /^Con la tarjeta de la persona/u }).check();
  await page.getByLabel('Extracto').fill('Reforma de cuarto de baño en calle Mayor 12');
  if (route === 'officer' || route === 'citizenCard') {
    await page.getByLabel('Expone').fill('Que desea reformar el cuarto de baño de su vivienda.');
    await page.getByLabel('Solicita').fill('Que se le conceda la licencia de obra menor.');
  }
  if (route === 'officer')
    await page.getByRole('checkbox', { name: 'Declara que no dispone de medios electrónicos' }).check();
  await page.getByRole('checkbox', { name: 'Responde de la autenticidad de los anexos' }).check();
  await show('application');
  await button('Seguir a los papeles').click();

  await heading('Papeles');
  await show('papers-empty');
  if (route === 'broughtSigned') await bringFiles(page, show);
  if (route === 'paper') {
    await lookAtGlass(page, show);
    await page.getByLabel('Las páginas van a').selectOption('new:application');
    await page.keyboard.press('F8');
    await page.getByRole('option', { name: 'Página 2' }).waitFor();
  }
  await page.getByLabel('Las páginas van a').selectOption('new:annex');
  await page.waitForTimeout(300);
  await button('Escanear').click();
  const annex = page.getByRole('group', { name: /Certificado de empadronamiento/u });
  await annex.getByRole('option', { name: 'Página 2' }).waitFor();
  for (const select of await page.getByLabel('El papel es').all()) await select.selectOption('original');
  await annex.getByLabel('Tipo documental').selectOption('TD11');
  await annex.getByRole('option', { name: 'Página 2' }).click();
  await page.waitForTimeout(300);
  await show('papers');
  await button('Recuperar').click();
  await button('Recuperar').waitFor({ state: 'detached' });
  if (route === 'paper') {
    await printSeparators(page, show);
    await compareFiles(page, show);
  }
  await page.keyboard.press('Delete');
  await button('Deshacer').waitFor();
  await show('papers-removed');
  await button('Deshacer').click();
  await annex.getByRole('option', { name: 'Página 2' }).waitFor();
  await button('Seguir al cotejo').click();

  await heading('Cotejo');
  await page.waitForTimeout(400);
  await show('collation');
  await page.keyboard.press('n');
  await page.waitForTimeout(300);
  await show('collation-flag');
  await page.keyboard.press('2');
  await page.keyboard.press('1');
  await page.keyboard.press('1');
  await page.waitForTimeout(300);
  await page.keyboard.press('+');
  await page.keyboard.press('+');
  await page.keyboard.press('ArrowRight');
  await page.waitForTimeout(300);
  await show('collation-zoom');
  await page.keyboard.press('r');
  await button('Repetir página').waitFor();
  await show('collation-rejected');
  await page.keyboard.press('F8');
  await button('Repetir página').waitFor({ state: 'detached' });
  await page.waitForTimeout(500);
  while ((await page.getByRole('option', { name: /sin cotejar/u }).count()) > 0) {
    const before = await page.getByRole('option', { name: /sin cotejar/u }).count();
    const answer = page.getByRole('button', { name: 'Es así en el papel' });
    await page.keyboard.press(' ');
    if ((await answer.count()) > 0) {
      await answer.click();
      continue;
    }
    await page.waitForFunction(
      (count) => document.querySelectorAll('[role=option][aria-label*="sin cotejar"]').length < count,
      before,
    );
  }
  await show('collation-done');
  await page.keyboard.press('Enter');

  if (route === 'officer') {
    await heading('Consentimiento');
    await show('consent');
    await button('Preparar el consentimiento').click();
    await button('Imprimir el consentimiento').waitFor();
    await page.waitForTimeout(600);
    await show('consent-prepared');
    await page.keyboard.press('F9');
    await page.getByText('Enviado a la impresora').waitFor();
    await page.keyboard.press('F8');
    await button('Confirmar página').waitFor();
    await page.waitForTimeout(400);
    await show('consent-scanned');
    await button('Confirmar página').click();
    await page.getByText('firmado y comprobado').waitFor();
    await show('consent-done');
    await button('Seguir a la firma').click();
  }

  await heading('Firma');
  if (route === 'citizenCard') {
    await page.getByLabel('PIN de la tarjeta de la persona').waitFor();
    await show('signature-citizen');
    await page.getByLabel('PIN de la tarjeta de la persona').fill('123456');
    await button('Firmar con la tarjeta de la persona').click();
  }
  await page.getByLabel('PIN de la tarjeta', { exact: true }).waitFor();
  await show('signature');
  await button('Ver Solicitud').click();
  await page.getByRole('dialog').getByRole('img').waitFor();
  await show('signature-document');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByLabel('PIN de la tarjeta', { exact: true }).fill('123456');
  await button('Firmar y registrar').click();
  await page.getByRole('progressbar').waitFor();
  await show('signature-working');

  await heading('Entrega');
  await page.getByTestId('record-number').getByText('O00009999e2603A00042').waitFor();
  await page.waitForTimeout(1200);
  await page.getByRole('checkbox', { name: 'Justificante entregado' }).check();
  await page.keyboard.press('F9');
  await page.getByText('enviado a la impresora').waitFor();
  await show('delivery');
  await button('Registros').click();

  await heading('Registros');
  await page.getByRole('table').waitFor();
  await show('records');
  await button('Ficheros no admitidos').click();
  await heading('Ficheros no admitidos');
  await page.waitForTimeout(200);
  await show('refusals');
  if (route === 'broughtSigned') {
    await page
      .getByRole('button', { name: /^Ver el escrito/u })
      .first()
      .click();
    await page.getByRole('region', { name: 'Escrito de no admisión' }).getByRole('img').waitFor();
    await show('refusals-paper');
  }
  await button('Volver a los registros').click();
  await heading('Registros');
  await button('Originales en depósito').click();
  await heading('Originales en depósito');
  await page.getByRole('region').getByRole('img').waitFor();
  await button('Guardar la relación').click();
  await page.getByText('/home/oficina').waitFor();
  await show('originals');
  await page.keyboard.press('Escape');
  await heading('Registros');
  await button('O00009999e2603A00041').click();
  await heading('Asiento O00009999e2603A00041');
  await button('Ver Justificante').click();
  await page.waitForTimeout(500);
  await show('record');
  await button('Volver a la atención').click();
  await heading('Entrega');
  await page.evaluate(() => {
    const { standIn } = window as unknown as {
      standIn: { setStatus(change: unknown): void; getStatus(): { session: object } };
    };
    standIn.setStatus({ session: { ...standIn.getStatus().session, state: 'locked' } });
  });
  await heading('Puesto bloqueado');
  await show('locked');
  await page.getByLabel('PIN de la tarjeta').fill('123456');
  await page.keyboard.press('Enter');
  await heading('Entrega');
  await button('Siguiente persona').click();
  await heading('Siguiente persona');
  await page.getByRole('button', { name: /^Línea/u }).click();
  await show('line');
  await page.getByRole('button', { name: 'Enviar ahora' }).click();
  await page.getByRole('progressbar', { name: 'Envío de documentos' }).waitFor();
  await show('line-sending');
  await page.getByRole('checkbox', { name: 'Línea de uso medido' }).click();
  await show('line-metered');
  await page.keyboard.press('Escape');
  await page.evaluate(() => (window as unknown as { standIn: { close(): void } }).standIn.close());
  await heading('El programa se ha detenido');
  await show('services-gone');
}

async function choose(page: Page, button: string, names: readonly string[]): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: button, exact: true }).click();
  await (
    await chooser
  ).setFiles(names.map((name) => ({ name, mimeType: 'application/pdf', buffer: Buffer.from(makePdf([name])) })));
}

async function printSeparators(page: Page, show: Show): Promise<void> {
  await page.getByRole('button', { name: 'Hojas separadoras…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('combobox').selectOption('TD09');
  await show('separators');
  await dialog.getByRole('button', { name: 'Imprimir la hoja' }).click();
  await dialog.getByText('Hoja enviada a la impresora').waitFor();
  await show('separators-printed');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
}

async function compareFiles(page: Page, show: Show): Promise<void> {
  const annex = page.getByRole('group', { name: /Certificado de empadronamiento/u });
  const pick = 'Cotejar con un fichero que trae: Certificado de empadronamiento';
  await choose(page, pick, ['certificado-lento.pdf']);
  await annex.getByRole('progressbar').waitFor();
  await show('papers-file-comparing');
  await annex.getByRole('button', { name: 'Cancelar' }).click();
  await annex.getByRole('progressbar').waitFor({ state: 'detached' });
  await choose(page, pick, ['certificado.pdf']);
  await annex.getByText('La copia es el fichero').waitFor();
  await show('papers-file');
  await choose(page, pick, ['certificado-baja.pdf']);
  await annex.getByText('el perfil pide 300').waitFor();
  await show('papers-file-refused');
  await annex.getByRole('option', { name: 'Página 2' }).click();
}

async function bringFiles(page: Page, show: Show): Promise<void> {
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  await choose(page, 'Incorporar fichero', ['solicitud-rota.pdf']);
  await button('Hacer el escrito de no admisión').waitFor();
  await show('brought-refused');
  await button('Hacer el escrito de no admisión').click();
  await page.getByRole('region', { name: 'Escrito de no admisión' }).getByRole('img').waitFor();
  await show('brought-paper');
  await button('Seguir con otro fichero').click();
  await choose(page, 'Incorporar fichero', ['solicitud.pdf']);
  await button('Incorporar').waitFor();
  await show('brought-ready');
  await button('Ver la comprobación de solicitud.pdf').click();
  await page.getByRole('dialog').waitFor();
  await show('brought-check');
  await page.keyboard.press('Escape');
  await button('Incorporar').click();
  await page.getByRole('group', { name: 'Documento 1: Solicitud' }).waitFor();
  await page.waitForTimeout(400);
  await show('brought-application');
  await choose(page, 'Incorporar fichero', ['informe-dudoso-dudosa.pdf']);
  await button('Incorporar').waitFor();
  await choose(page, 'Incorporar fichero', ['plano-rota.pdf']);
  await button('Incorporar los 2 ficheros').waitFor();
  await choose(page, 'Incorporar fichero', ['programa.pdf']);
  await button('Hacer el escrito de no admisión').waitFor();
  await show('brought-several');
  await button('Descartar').last().click();
  await button('Incorporar los 2 ficheros').click();
  await page.getByRole('group', { name: /^Documento 3: / }).waitFor();
  await page.waitForTimeout(400);
  await show('brought-annexes');
}

async function checkScanner(page: Page, show: Show): Promise<void> {
  const result = page.getByRole('region', { name: 'Resultado de la comprobación' });
  await page.getByRole('button', { name: /^Escáner/u }).click();
  await show('scanner-diagnosis');
  await page.getByRole('button', { name: 'Comprobar el escáner', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'Comprobar el escáner' }).waitFor();
  await show('scanner-check');
  await page.keyboard.press('F9');
  await page.getByText('Hoja enviada a la impresora.').waitFor();
  await page.keyboard.press('F8');
  await result.getByText('no sirve para copias auténticas').waitFor();
  await show('scanner-failed');
  await page.keyboard.press('F8');
  await result.getByText('El escáner sirve para copias auténticas.').waitFor();
  await show('scanner-passed');
  await page.keyboard.press('Escape');
  await page.getByRole('heading', { level: 1, name: 'Siguiente persona' }).waitFor();
}

async function verifyFiles(page: Page, show: Show): Promise<void> {
  await page.keyboard.press('F4');
  await page.getByRole('heading', { level: 1, name: 'Comprobar firmas' }).waitFor();
  await show('verify-empty');
  await choose(page, 'Elegir fichero', ['contrato.pdf']);
  await page.getByTestId('verdict').waitFor();
  await show('verify-passed');
  await choose(page, 'Comprobar otro', ['contrato-rota.pdf']);
  await page.getByTestId('verdict').getByText('No válida').waitFor();
  await show('verify-failed');
  await choose(page, 'Comprobar otro', ['programa.exe']);
  await page.getByRole('button', { name: 'Hacer el escrito de no admisión' }).waitFor();
  await show('verify-refused');
  await page.keyboard.press('Escape');
  await page.getByRole('heading', { level: 1, name: 'Siguiente persona' }).waitFor();
}

async function lookAtGlass(page: Page, show: Show): Promise<void> {
  const profile = page.getByLabel('Perfil de digitalización');
  await profile.selectOption('identidad');
  await show('papers-glass');
  await page.keyboard.press('F7');
  const dialog = page.getByRole('dialog', { name: 'Lo que hay en el cristal' });
  await dialog.getByRole('img').waitFor();
  await show('glass');
  await dialog.getByRole('button', { name: 'Cerrar' }).click();
  await profile.selectOption('texto-color');
}
