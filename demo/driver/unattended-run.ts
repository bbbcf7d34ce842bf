import { existsSync } from 'node:fs';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright';
import { demonstrationPassphrase, demonstrationPin } from '../credentials.ts';
import { openOffice } from '../office.ts';
import type { DemoOffice } from '../office.ts';
import type { DemoPaths } from '../paths.ts';
import { citizen } from '../town.ts';
import {
  collateAll,
  deliver,
  fillApplication,
  fillPerson,
  goToPapers,
  openDesk,
  openRecord,
  prepareConsent,
  readNumberAndCode,
  scanConsent,
  scanPaper,
  signAndRegister,
  signIn,
  startAttention,
  unlockSeal,
  waitForScreen,
} from './counter-window.ts';
import type { PaperData, PersonData } from './counter-window.ts';
import { openDrivenShell } from './shell-process.ts';
import { verifyAtCentre } from './verification-page.ts';

const patienceMs = 180_000;
const nothingPending =
  /Asientos por enviar\s+0\s[\s\S]*Documentos por enviar\s+0\s[\s\S]*Firmas por completar\s+0(?!\d)/u;

const person: PersonData = {
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

/** The demonstration's own papers, each scanned as a document of its own; the photocopy becomes EE99. */
const ownPapers: readonly Readonly<{
  load: 'certificate' | 'letter' | 'identityDocument';
  profileId: string;
  paper: PaperData;
}>[] = [
  {
    load: 'certificate',
    profileId: 'texto-color',
    paper: { title: 'Certificado de aprovechamiento', documentType: 'TD11', nature: 'original' },
  },
  {
    load: 'letter',
    profileId: 'texto-negro',
    paper: { title: 'Carta a dos caras', documentType: 'TD99', nature: 'original' },
  },
  {
    load: 'identityDocument',
    profileId: 'texto-color',
    paper: { title: 'Fotocopia del DNI', documentType: 'TD99', nature: 'photocopy' },
  },
];

type Run = Readonly<{ paths: DemoPaths; outputFolder: string; pages: readonly string[] | null; isOffline: boolean }>;

/** One citizen, art. 43 route, from the closed desk to the centre's public page. Throws at the first thing that is not as it should. */
export async function runUnattended(run: Run): Promise<void> {
  const timings: Record<string, number> = {};
  const screens = path.join(run.outputFolder, 'screens');
  for (const leftover of ['copies', 'consent', 'eni', 'sicres', 'trust', 'screens']) {
    await rm(path.join(run.outputFolder, leftover), { recursive: true, force: true });
  }
  await mkdir(screens, { recursive: true });
  let stepNumber = 0;

  async function step<Result>(name: string, work: () => Promise<Result>, page?: Page): Promise<Result> {
    const started = performance.now();
    try {
      return await work();
    } catch (error) {
      await page?.screenshot({ path: path.join(screens, `fallo-${name}.png`) }).catch(() => undefined);
      throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    } finally {
      timings[name] = Math.round(performance.now() - started);
      stepNumber += 1;
      await page
        ?.screenshot({ path: path.join(screens, `${String(stepNumber).padStart(2, '0')}-${name}.png`) })
        .catch(() => undefined);
      console.log(`  ${name} ${String(timings[name])} ms`);
    }
  }

  const office = await step('oficina', () => openOffice(run.paths, { readsText: true, isOffline: run.isOffline }));
  try {
    for (const sentence of (await office.actions.readState()).standIns) console.log(`  ${sentence}`);
    const shell = await step('ventana', () => openDrivenShell(office));
    try {
      const { page } = shell;
      await step('abrir-puesto', () => openDesk(page, demonstrationPassphrase), page);
      await step(
        'identificarse',
        async () => {
          await office.actions.insertCard('officer');
          await signIn(page, demonstrationPin);
        },
        page,
      );
      await step('sello', () => unlockSeal(page, demonstrationPin), page);
      await step(
        'persona',
        async () => {
          await startAttention(page);
          await fillPerson(page, person);
        },
        page,
      );
      await step(
        'solicitud',
        () =>
          fillApplication(page, {
            procedure: 'Licencia de obra menor',
            route: 'officer',
            summary: 'Licencia para reformar un cuarto de baño',
            statement: 'Que va a reformar el cuarto de baño de su vivienda, sin tocar la estructura ni la fachada.',
            petition: 'Que se le conceda la licencia de obra menor.',
          }),
        page,
      );
      await step(
        'papeles',
        async () => {
          await goToPapers(page);
          await scanPapers(page, office, run.pages);
        },
        page,
      );
      await step(
        'cotejo',
        () =>
          collateAll(page, async () => {
            await page.screenshot({ path: path.join(screens, 'cotejo-primera-pagina.png') });
          }),
        page,
      );
      await step(
        'consentimiento',
        async () => {
          await prepareConsent(page);
          await office.actions.loadPapers('none');
          await waitForPrintedPaper(office);
          await scanConsent(page);
          await waitForScreen(page, 'Firma');
        },
        page,
      );
      await step('firma', () => signAndRegister(page, demonstrationPin), page);
      const { recordNumber, verificationCode } = await readNumberAndCode(page);
      console.log(`  Registrado: ${recordNumber} · ${verificationCode}`);
      await step('entrega', () => deliver(page, true), page);
      if (run.isOffline) await step('vuelve-la-linea', () => office.actions.setLine('up'));
      await step('envio', () => waitForSync(page), page);
      await step(
        'verificar',
        async () => {
          const centrePage = await shell.browser.newPage({ viewport: { width: 1280, height: 800 }, locale: 'es-ES' });
          await verifyAtCentre(centrePage, office.verificationUrl, verificationCode, recordNumber);
          await centrePage.screenshot({ path: path.join(screens, 'pagina-de-verificacion.png') });
          await centrePage.close();
        },
        page,
      );
      await step('buscar', () => openRecord(page, person.surname1, recordNumber), page);
      await step(
        'guardar',
        async () => {
          await page.getByRole('button', { name: 'Exportar' }).click();
          const folder = path.join(office.exportFolder, recordNumber);
          await waitFor(() => Promise.resolve(existsSync(path.join(folder, 'record.json'))));
          await cp(folder, run.outputFolder, { recursive: true });
        },
        page,
      );
    } finally {
      await shell.close();
    }
  } finally {
    await office.close();
  }
  await writeFile(path.join(run.outputFolder, 'timings.json'), `${JSON.stringify(timings, null, 2)}\n`);
}

async function scanPapers(page: Page, office: DemoOffice, pages: readonly string[] | null): Promise<void> {
  if (pages !== null) {
    await office.feed.loadFeeder(pages);
    await scanPaper(page, 'annex', 'texto-color', {
      title: 'Documentos aportados',
      documentType: 'TD99',
      nature: 'original',
    });
    return;
  }
  for (const { load, profileId, paper } of ownPapers) {
    await office.actions.loadPapers(load);
    await scanPaper(page, 'annex', profileId, paper);
  }
}

/** The citizen signs what the printer gives, and the officer puts it in the scanner. */
async function waitForPrintedPaper(office: DemoOffice): Promise<void> {
  await waitFor(async () => {
    await office.actions.loadPapers('printed');
    return (await office.actions.readState()).feederPages > 0;
  });
}

/** Nothing waits: neither entries nor files nor evidence. */
async function waitForSync(page: Page): Promise<void> {
  const line = page.getByRole('button', { name: /^Línea/u });
  await line.click();
  const dialog = page.getByRole('dialog', { name: 'Línea' });
  await waitFor(async () => {
    const send = dialog.getByRole('button', { name: 'Enviar ahora' });
    if (await send.isEnabled()) await send.click();
    return nothingPending.test(await dialog.innerText());
  });
  await page.keyboard.press('Escape');
}

async function waitFor(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('se ha agotado la espera');
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
