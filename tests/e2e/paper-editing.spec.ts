import type { Page } from '@playwright/test';
import { scanPaper, startAttention, waitForJobToEnd, waitForScreen } from '../../demo/driver/counter-window.ts';
import { annexPaper, feedPrintedPaper, reachCounter, reachPapers } from './support/counter-story.ts';
import { useOffice } from './support/office.ts';
import { expect, test } from './support/test.ts';

const office = useOffice();

const documentNumber = (page: Page, number: number) =>
  page.getByRole('group', { name: new RegExp(`^Documento ${number}: `, 'u') });

/** The pages of a document in their order, each by its own name. */
function pagesOf(page: Page, number: number): Promise<readonly string[]> {
  return documentNumber(page, number)
    .getByRole('option', { name: /^Página/u })
    .evaluateAll((options) => options.map((option) => option.getAttribute('data-key') ?? ''));
}

async function choose(page: Page, action: string): Promise<void> {
  await page.getByRole('button', { name: 'Mover o separar' }).click();
  await page.getByRole('menuitem', { name: action }).click();
}

test('pages are moved, parted, thrown away and brought back, and an attention that leads nowhere is left', async ({
  openWindow,
}) => {
  const { page } = await openWindow(office());
  await reachCounter(page);
  await reachPapers(page, 'officer');
  await office().feed.loadFeeder(office().papers);
  await scanPaper(page, 'annex', 'texto-color', annexPaper);
  const first = () => pagesOf(page, 1);
  const second = () => pagesOf(page, 2);
  const [a = '', b = '', c = '', d = ''] = await first();
  await page.locator(`[data-key="${c}"]`).click();

  await page.keyboard.press('Alt+ArrowLeft');
  await expect.poll(first).toEqual([a, c, b, d]);
  await expect(page.locator(`[data-key="${c}"]`)).toBeFocused();
  await choose(page, 'Separar desde esta página');
  await expect.poll(second).toEqual([c, b, d]);
  expect(await first()).toEqual([a]);
  await choose(page, 'Al documento anterior');
  await expect.poll(first).toEqual([a, c]);
  await page.keyboard.press('Alt+ArrowRight');
  await expect.poll(second).toEqual([c, b, d]);

  await page.locator(`[data-key="${b}"]`).click();
  await page.keyboard.press('Delete');
  await expect.poll(second).toEqual([c, d]);
  await expect(page.locator(`[data-key="${d}"]`)).toBeFocused();
  await page.getByRole('button', { name: 'Deshacer' }).click();
  await expect.poll(second).toEqual([c, b, d]);

  await documentNumber(page, 2).getByRole('button', { name: 'Subir documento' }).click();
  await expect.poll(first).toEqual([c, b, d]);
  await documentNumber(page, 2).getByRole('button', { name: 'Quitar documento' }).click();
  await expect(documentNumber(page, 2)).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Deshacer' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect.poll(second).toEqual([a]);

  // The same sheet again, in the place of a page.
  await page.locator(`[data-key="${b}"]`).click();
  await office().feed.emptyFeeder();
  await office().feed.loadFeeder([office().papers[3] ?? '']);
  await page.getByRole('button', { name: 'Repetir página' }).click();
  await expect.poll(async () => (await first())[1] !== b).toBe(true);
  await expect.poll(first).toHaveLength(3);

  // A stack of forty that is stopped: what had arrived is there.
  await office().feed.emptyFeeder();
  await office().feed.loadFeeder(Array.from({ length: 40 }, (_, index) => office().papers[index % 4] ?? ''));
  await page.getByLabel('Las páginas van a').selectOption('new:annex');
  await page.getByRole('button', { name: 'Escanear', exact: true }).first().click();
  await expect.poll(() => pagesOf(page, 3)).not.toHaveLength(0);
  await page.getByRole('button', { name: 'Parar', exact: true }).click();
  await waitForJobToEnd(page);
  await expect(page.getByText('Las páginas que llegaron están guardadas')).toBeVisible();
  await expect(page.getByRole('heading', { level: 1, name: 'Papeles' })).toBeFocused();
  const arrived = await pagesOf(page, 3);
  expect(arrived.length).toBeGreaterThan(0);
  expect(arrived.length).toBeLessThan(40);

  await page.getByRole('button', { name: 'Dejar la atención' }).click();
  const dialog = page.getByRole('dialog', { name: 'Dejar la atención' });
  await dialog.getByLabel('Motivo').fill('Se ha ido sin firmar');
  await page.keyboard.press('Enter');
  await waitForScreen(page, 'Siguiente persona');
  await startAttention(page);
});

test('separators are printed, and the scanner is tried with the sheet that the desk prints, on a clean glass and a dirty one', async ({
  openWindow,
}) => {
  const { page } = await openWindow(office());
  await reachCounter(page);
  await page.getByRole('button', { name: /^Escáner/u }).click();
  await page.getByRole('button', { name: 'Comprobar el escáner' }).click();
  await waitForScreen(page, 'Comprobar el escáner');
  await page.keyboard.press('F9');
  await expect(page.getByText('Hoja enviada a la impresora.')).toBeVisible();
  await feedPrintedPaper(office());
  await page.keyboard.press('F8');
  await expect(page.getByText('El escáner sirve para copias auténticas.')).toBeVisible();
  await office().actions.loadPapers('printedDirtyGlass');
  await page.keyboard.press('F8');
  await expect(page.getByText(/El escáner no sirve para copias auténticas/u)).toBeVisible();
  await page.getByRole('button', { name: 'Hojas separadoras…' }).click();
  const separators = page.getByRole('dialog', { name: 'Hojas separadoras' });
  await separators.getByLabel('Tipo del documento que sigue').selectOption({ index: 2 });
  await separators.getByRole('button', { name: 'Imprimir la hoja' }).click();
  await expect(separators.getByText('Hoja enviada a la impresora')).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await waitForScreen(page, 'Siguiente persona');
});
