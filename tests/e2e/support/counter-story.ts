import { expect } from '@playwright/test';
import type { Page } from '@playwright/test';
import { demonstrationPassphrase, demonstrationPin } from '../../../demo/credentials.ts';
import {
  fillApplication,
  fillPerson,
  goToPapers,
  openDesk,
  scanPaper,
  signIn,
  startAttention,
  unlockSeal,
} from '../../../demo/driver/counter-window.ts';
import type { ApplicationData, PaperData, PersonData } from '../../../demo/driver/counter-window.ts';
import { citizen } from '../../../demo/town.ts';
import type { TestOffice } from './office.ts';

/** What the tests' attentions are about. */
export const person: PersonData = {
  identifier: citizen.nif,
  givenName: citizen.givenName,
  surname1: citizen.firstSurname,
  surname2: citizen.secondSurname,
  address: 'Calle Mayor, 3, 2.º A',
  postalCode: '50001',
  municipality: 'Villanueva del Ebro',
  province: '50',
  email: 'jose.martinez@correo.example',
};

export const applicationPaper: PaperData = { title: 'Solicitud de licencia', documentType: 'TD14', nature: 'original' };
export const annexPaper: PaperData = { title: 'Certificado de obra', documentType: 'TD11', nature: 'original' };

export function applicationBy(route: ApplicationData['route']): ApplicationData {
  return {
    procedure: 'Licencia de obra menor',
    route,
    summary: 'Licencia para reformar un cuarto de baño',
    statement: 'Que va a reformar el cuarto de baño de su vivienda.',
    petition: 'Que se le conceda la licencia de obra menor.',
  };
}

/** From a closed desk to «Siguiente persona». */
export async function reachCounter(page: Page): Promise<void> {
  await openDesk(page, demonstrationPassphrase);
  await signIn(page, demonstrationPin);
  await unlockSeal(page, demonstrationPin);
}

/** From «Siguiente persona» to «Papeles», with everything typed. */
export async function reachPapers(page: Page, route: ApplicationData['route']): Promise<void> {
  await startAttention(page);
  await fillPerson(page, person);
  await fillApplication(page, applicationBy(route));
  await goToPapers(page);
}

/** One sheet from the feeder into a document of its own. */
export async function scanOne(
  page: Page,
  office: TestOffice,
  role: 'application' | 'annex',
  paper: PaperData,
): Promise<void> {
  await office.feed.emptyFeeder();
  await office.feed.loadFeeder([office.papers[role === 'application' ? 0 : 1] ?? '']);
  await scanPaper(page, role, 'texto-color', paper);
}

/** The application that the citizen signed by hand, and an annex. */
export async function scanBoth(page: Page, office: TestOffice): Promise<void> {
  await scanOne(page, office, 'application', applicationPaper);
  await scanOne(page, office, 'annex', annexPaper);
}

/** What the printer gave last goes into the feeder, signed by the citizen's hand. */
export async function feedPrintedPaper(office: TestOffice): Promise<void> {
  await office.feed.emptyFeeder();
  // The demonstration draws the signed paper: on a busy machine that takes longer than anything in a window.
  await expect
    .poll(
      async () => {
        await office.actions.loadPapers('printed');
        return (await office.actions.readState()).feederPages;
      },
      { timeout: 120_000 },
    )
    .toBeGreaterThan(0);
}

/** The dialog «Línea» of the desk bar, opened, with what is pending. */
export async function readLine(page: Page): Promise<string> {
  const dialog = page.getByRole('dialog', { name: 'Línea' });
  if (!(await dialog.isVisible())) await page.getByRole('button', { name: /^Línea/u }).click();
  await dialog.waitFor();
  return (await dialog.innerText()).replaceAll(/\s+/gu, ' ');
}

export async function waitForSync(page: Page): Promise<void> {
  await expect
    .poll(() => readLine(page), { timeout: 120_000 })
    .toMatch(/Asientos por enviar 0 Documentos por enviar 0 Firmas por completar 0 /u);
  await page.keyboard.press('Escape');
}
