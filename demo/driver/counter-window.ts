import type { Locator, Page } from 'playwright';

/*
 * The counter's window as a person uses it: by the names on the screen (renderer/README.md). The unattended demonstration
 * and the end-to-end tests share it.
 */

const patience = 120_000;

export type PersonData = Readonly<{
  identifier: string;
  givenName: string;
  surname1: string;
  surname2: string;
  address: string;
  postalCode: string;
  municipality: string;
  province: string;
  email: string;
}>;

export type ApplicationData = Readonly<{
  procedure: string;
  route: 'paper' | 'officer' | 'citizenCard';
  summary: string;
  statement: string;
  petition: string;
}>;

export type PaperData = Readonly<{
  title: string;
  documentType: string;
  nature: 'original' | 'authenticCopy' | 'photocopy';
}>;

export const routeNames = {
  paper: /^En papel,/u,
  officer: /^La firma el funcionario/u,
  citizenCard: /^Con la tarjeta de la persona/u,
} as const;

function button(page: Page | Locator, name: string): Locator {
  return page.getByRole('button', { name });
}

export function heading(page: Page, name: string | RegExp): Locator {
  return page.getByRole('heading', { level: 1, name });
}

/**
 * The alerts that the person sees. Not by their inner text, which changes its line breaks when an alert leaves the window in
 * the same moment: it would be taken for a new one.
 */
export function readAlerts(page: Page): Promise<string[]> {
  return page.getByRole('alert').filter({ visible: true }).allTextContents();
}

/**
 * Waits for a screen by its name, or throws the sentence of the alert that stands there instead. `known`: alerts of what
 * went before, which may stand there still.
 */
export async function waitForScreen(page: Page, name: string | RegExp, known: readonly string[] = []): Promise<void> {
  const arrived = heading(page, name);
  const deadline = Date.now() + patience;
  while (!(await arrived.isVisible())) {
    const [sentence] = (await readAlerts(page)).filter((text) => !known.includes(text));
    // An alert that is part of the screen comes with its heading.
    if (sentence !== undefined && !(await arrived.isVisible())) throw new Error(`la ventana dice: ${sentence}`);
    if (Date.now() > deadline) throw new Error(`la pantalla «${String(name)}» no llega`);
    await page.waitForTimeout(100);
  }
}

export async function openDesk(page: Page, passphrase: string): Promise<void> {
  await page.getByLabel('Frase de paso').fill(passphrase);
  await button(page, 'Abrir el puesto').click();
  await waitForScreen(page, 'Identificarse');
}

export async function signIn(page: Page, pin: string): Promise<void> {
  await page.getByLabel('PIN de la tarjeta').fill(pin);
  await button(page, 'Entrar').click();
  await waitForScreen(page, /Abrir el sello|Siguiente persona/u);
}

/** `next`: the screen behind it. */
export async function unlockSeal(page: Page, pin: string, next = 'Siguiente persona'): Promise<void> {
  await page.getByLabel('PIN del sello').fill(pin);
  await button(page, 'Abrir el sello').last().click();
  await waitForScreen(page, next);
}

export async function startAttention(page: Page): Promise<void> {
  await button(page, 'Atender a la siguiente persona').click();
  await waitForScreen(page, 'Persona');
}

export async function fillPerson(page: Page, person: PersonData): Promise<void> {
  const group = page.getByRole('group', { name: 'Persona que presenta' });
  await group.getByRole('textbox', { name: 'Número' }).fill(person.identifier);
  await group.getByRole('textbox', { name: 'Nombre', exact: true }).fill(person.givenName);
  await group.getByRole('textbox', { name: 'Primer apellido' }).fill(person.surname1);
  await group.getByRole('textbox', { name: 'Segundo apellido' }).fill(person.surname2);
  await group.getByRole('textbox', { name: 'Domicilio' }).fill(person.address);
  await group.getByRole('textbox', { name: 'Código postal' }).fill(person.postalCode);
  await group.getByRole('textbox', { name: 'Municipio' }).fill(person.municipality);
  await group.getByLabel('Provincia').selectOption(person.province);
  await group.getByRole('textbox', { name: 'Correo electrónico' }).fill(person.email);
  const check = page.getByRole('group', { name: 'Cómo se ha identificado' });
  await check.getByLabel('Documento mostrado').selectOption('dni');
  await check.getByLabel('Comprobación').selectOption('photographCompared');
}

export async function fillApplication(page: Page, data: ApplicationData): Promise<void> {
  await button(page, 'Seguir a la solicitud').click();
  await waitForScreen(page, 'Solicitud');
  const procedure = page.getByRole('combobox', { name: 'Procedimiento' });
  await procedure.fill(data.procedure);
  await page.getByRole('option', { name: data.procedure }).first().click();
  await page.getByRole('radio', { name: routeNames[data.route] }).check({ force: true });
  if (data.route === 'officer') await check(page, 'Declara que no dispone de medios electrónicos');
  await page.getByRole('textbox', { name: 'Extracto' }).fill(data.summary);
  if (data.route !== 'paper') {
    await page.getByRole('textbox', { name: 'Expone' }).fill(data.statement);
    await page.getByRole('textbox', { name: 'Solicita' }).fill(data.petition);
  }
  await check(page, 'Responde de la autenticidad de los anexos');
}

async function check(page: Page, name: string): Promise<void> {
  await page.getByRole('checkbox', { name }).check({ force: true });
}

export async function goToPapers(page: Page): Promise<void> {
  await button(page, 'Seguir a los papeles').click();
  await waitForScreen(page, 'Papeles');
}

/** Scans what lies in the feeder into a new document, and says what it is. */
export async function scanPaper(
  page: Page,
  role: 'application' | 'annex',
  profileId: string,
  paper: PaperData,
): Promise<void> {
  const documents = page.getByRole('group', { name: /^Documento \d+: / });
  const before = await documents.count();
  await page.getByLabel('Perfil de digitalización').selectOption(profileId);
  await page.getByLabel('Las páginas van a').selectOption(`new:${role}`);
  await button(page, 'Escanear').first().click();
  await documents.nth(before).waitFor({ timeout: patience });
  await waitForJobToEnd(page);
  const document = documents.nth(before);
  await document.getByLabel('Título').fill(paper.title);
  await document.getByLabel('Tipo documental').selectOption(paper.documentType);
  await document.getByLabel('El papel es').selectOption(paper.nature);
}

/** No progress bar and no «Parar» left: the feeder is empty. */
export async function waitForJobToEnd(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Parar', exact: true }).waitFor({ state: 'detached', timeout: patience });
  await page.getByRole('progressbar').first().waitFor({ state: 'detached', timeout: patience });
}

/** Space on each page, as an officer does: the window goes on to the next page without an answer. */
export async function collateAll(page: Page, onFirstPage?: () => Promise<void>): Promise<void> {
  await button(page, 'Seguir al cotejo').click();
  await waitForScreen(page, 'Cotejo');
  await onFirstPage?.();
  const confirm = button(page, 'Confirmar página');
  const next = page.getByRole('button', { name: /^Seguir (?:al consentimiento|a la firma)/u });
  const pageCount = await page.getByRole('listbox', { name: 'Páginas' }).getByRole('option').count();
  for (let done = 0; done < pageCount; done += 1) {
    await answerFlags(page);
    await confirm.click();
  }
  await next.click();
}

/** What the machine points out on the page that is shown: looked at one after another, each the same on the paper. */
async function answerFlags(page: Page): Promise<void> {
  const bar = page.getByRole('region', { name: 'Lo que señala la máquina' });
  while (await bar.getByText('conteste antes de confirmar').isVisible()) {
    await button(bar, 'Ver lo señalado').click();
    const answer = bar.getByRole('button', { name: /^(?:Es así en el papel|Se lee bien en la copia)/u }).first();
    while (await answer.isVisible()) await answer.click();
  }
}

export async function prepareConsent(page: Page): Promise<void> {
  await waitForScreen(page, 'Consentimiento');
  await button(page, 'Preparar el consentimiento').click();
  const print = button(page, 'Imprimir el consentimiento');
  await print.waitFor({ timeout: patience });
  await print.click();
}

export async function scanConsent(page: Page, onScanned?: () => Promise<void>): Promise<void> {
  await button(page, 'Escanear el consentimiento firmado').click();
  const confirm = button(page, 'Confirmar página').first();
  await confirm.waitFor({ timeout: patience });
  await waitForJobToEnd(page);
  await onScanned?.();
  const next = button(page, 'Seguir a la firma');
  // The button goes away with the last answer, which may come between a look and a click.
  const deadline = Date.now() + patience;
  while ((await confirm.count()) > 0 && Date.now() < deadline) {
    await confirm.click({ timeout: 2_000 }).catch(() => undefined);
  }
  await next.click();
}

export async function signAndRegister(page: Page, pin: string): Promise<void> {
  await page.getByLabel('PIN de la tarjeta', { exact: true }).fill(pin);
  const known = await readAlerts(page);
  await button(page, 'Firmar y registrar').click();
  await waitForScreen(page, 'Entrega', known);
  await page.getByTestId('record-number').waitFor({ timeout: patience });
}

export async function readNumberAndCode(
  page: Page,
): Promise<Readonly<{ recordNumber: string; verificationCode: string }>> {
  // The number stands there at once, the code a moment later.
  await page.getByTestId('verification-code').filter({ hasText: /\S/u }).waitFor({ timeout: patience });
  return {
    recordNumber: (await page.getByTestId('record-number').innerText()).trim(),
    verificationCode: (await page.getByTestId('verification-code').innerText()).trim(),
  };
}

export async function deliver(page: Page, hasConsent: boolean): Promise<void> {
  await check(page, 'Justificante entregado');
  if (hasConsent) await check(page, 'Copia del consentimiento entregada');
  await check(page, 'Originales devueltos');
  await button(page, 'Siguiente persona').click();
  await waitForScreen(page, 'Siguiente persona');
}

/** Finds the record by any of its words and opens its detail. */
export async function openRecord(page: Page, text: string, recordNumber: string): Promise<void> {
  await button(page, 'Registros').click();
  await waitForScreen(page, 'Registros');
  await page.getByRole('searchbox', { name: 'Buscar en el registro' }).fill(text);
  await page.getByRole('table', { name: 'Asientos' }).getByRole('button', { name: recordNumber }).click();
  await waitForScreen(page, new RegExp(recordNumber, 'u'));
}
