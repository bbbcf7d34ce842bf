import { demonstrationPin } from '../../demo/credentials.ts';
import {
  collateAll,
  deliver,
  openRecord,
  readNumberAndCode,
  signAndRegister,
  waitForScreen,
} from '../../demo/driver/counter-window.ts';
import { pdfOfImages, photographPaper } from '../integration/paper-files.ts';
import { annexPaper, person, reachCounter, reachPapers, scanBoth } from './support/counter-story.ts';
import { expectChoosers } from './support/file-choosers.ts';
import { inspectScreen } from './support/inspect.ts';
import { useOffice } from './support/office.ts';
import { expect, test } from './support/test.ts';

const office = useOffice();

test('a file is compared with its paper, gives way to the scan, comes back, and is what the copy is made of; the paper stays', async ({
  openWindow,
}) => {
  const { page } = await openWindow(office());
  expectChoosers(page);
  await reachCounter(page);
  await reachPapers(page, 'paper');
  await scanBoth(page, office());
  const document = page.getByRole('group', { name: /^Documento 2: / });
  await document.getByLabel('El original').selectOption('kept');
  const bring = async (name: string, dpi: number): Promise<void> => {
    const image = await photographPaper(office().papers[1] ?? '', dpi);
    const chooser = page.waitForEvent('filechooser');
    await document.getByRole('button', { name: /^Cotejar con un fichero que trae/u }).click();
    await (await chooser).setFiles({ name, mimeType: 'application/pdf', buffer: pdfOfImages([image]) });
  };

  await bring('grueso.pdf', 100);
  await expect(document).toContainText('no puede autenticarse');
  await inspectScreen(page, 'Papeles, con un fichero que no puede ser la copia');
  await bring('certificado.pdf', 300);
  await expect(document).toContainText('La copia es el fichero «certificado.pdf», comparado con el papel.');
  await inspectScreen(page, 'Papeles, con un fichero que es la copia');
  await document.getByRole('button', { name: 'Quedarse con la digitalización' }).click();
  await expect(document).toContainText('La copia es la digitalización.');
  await document.getByRole('button', { name: 'Autenticar el fichero' }).click();
  await expect(document).toContainText('La copia es el fichero');

  await collateAll(page, async () => {
    await page.keyboard.press('ArrowRight');
    await expect(page.getByText('Página del fichero que trae')).toBeVisible();
    await page.keyboard.press('ArrowLeft');
    // A button that its own press disables keeps the focus, and a second press does nothing.
    const next = page.getByRole('button', { name: 'Página siguiente' });
    await next.press('Enter');
    await expect(next).toBeDisabled();
    await expect(next).toBeFocused();
    await page.keyboard.press('Enter');
    await waitForScreen(page, 'Cotejo');
    await page.keyboard.press('ArrowLeft');
    await expect(next).toBeEnabled();
  });
  await waitForScreen(page, 'Firma');
  await signAndRegister(page, demonstrationPin);
  const { recordNumber } = await readNumberAndCode(page);
  await deliver(page, false);
  await openRecord(page, person.surname1, recordNumber);
  await expect(page.getByRole('table', { name: 'Documentos del asiento' })).toContainText(annexPaper.title);

  // What goes to others: the record's files, and the list of the papers that stay.
  await page.getByRole('button', { name: 'Exportar' }).click();
  await expect(page.getByText('Guardado en')).toContainText(office().exportFolder);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Originales en depósito' }).click();
  const kept = page.getByRole('table', { name: 'Originales en depósito' });
  await expect(kept).toContainText(annexPaper.title);
  await page.getByRole('button', { name: 'Guardar la relación' }).click();
  await expect(page.getByText('Guardado en')).toContainText(office().exportFolder);
  await inspectScreen(page, 'Originales en depósito');
  await kept.getByRole('button', { name: recordNumber }).click();
  await waitForScreen(page, new RegExp(recordNumber, 'u'));
});
