import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { demonstrationPin } from '../../demo/credentials.ts';
import { openDesk, signIn, waitForScreen } from '../../demo/driver/counter-window.ts';
import { deskNumber } from '../../demo/office.ts';
import { town } from '../../demo/town.ts';
import { reachCounter } from './support/counter-story.ts';
import { useOffice } from './support/office.ts';
import { expect, test } from './support/test.ts';

const office = useOffice();
const newPassphrase = 'otra frase de paso bien larga';

async function readRecoveryKey(): Promise<string> {
  return (await readFile(path.join(office().paths.root, 'recovery-key.txt'), 'utf8')).trim();
}

test('a copy is made when it is due, and a desk that the centre withdrew comes back with a code and its recovery key', async ({
  openWindow,
}) => {
  const { paths, settingsFile, centre } = office();
  const copies = path.join(paths.root, 'copies');
  await mkdir(copies);
  const settings = JSON.parse(await readFile(settingsFile, 'utf8'));
  settings.desk.backup = { folder: copies, everyHours: 24 };
  await writeFile(settingsFile, JSON.stringify(settings));
  const { page } = await openWindow(office());
  await reachCounter(page);

  await page.getByRole('button', { name: /^Copia/u }).click();
  const copyDialog = page.getByRole('dialog', { name: 'Copia' });
  await expect(copyDialog).toContainText('cada 24 horas');
  await expect(copyDialog).toContainText(copies);
  await expect(copyDialog).not.toContainText('nunca');
  await page.keyboard.press('Escape');

  await centre.revokeDesk(town.office.code, deskNumber, { by: 'Administración', reason: 'Ordenador perdido' });
  await page.getByRole('button', { name: /^Línea/u }).click();
  const line = page.getByRole('dialog', { name: 'Línea' });
  await line.getByRole('button', { name: 'Enviar ahora' }).click();
  await expect(line).toContainText('ha retirado este puesto');
  // Whoever reads it here is not sent to where they are.
  await expect(line).not.toContainText('«Línea»');
  const renew = async (code: string, recoveryKey: string) => {
    await line.getByLabel('Código de alta').fill(code);
    await line.getByLabel('Clave de recuperación').fill(recoveryKey);
    await page.keyboard.press('Enter');
  };
  const recoveryKey = await readRecoveryKey();
  const code = await centre.issueEnrolmentCode(town.office.code, deskNumber);
  await renew(code, [recoveryKey.slice(6), recoveryKey.slice(0, 5)].join('-'));
  await expect(line).toContainText('Esa clave de recuperación no es la que corresponde');
  await renew(`${code.slice(0, -1)}${code.endsWith('A') ? 'B' : 'A'}`, recoveryKey);
  await expect(line).toContainText('Ese código de alta no vale');
  await renew(code, recoveryKey);
  await expect(line.getByLabel('Código de alta')).toHaveCount(0);
  await line.getByRole('button', { name: 'Enviar ahora' }).click();
  await expect(line.getByText('ha retirado este puesto')).toHaveCount(0);
});

test('a machine whose disk broke without a copy gets its desk back from the centre, with a code and the recovery key', async ({
  openWindow,
}) => {
  const { paths, centre } = office();
  await rm(paths.desk, { recursive: true });
  const { page } = await openWindow(office());
  await waitForScreen(page, 'Este equipo no tiene ningún puesto');
  await page.getByLabel('De dónde se recupera').selectOption('No hay copia: del registro central');
  const comeBack = async (code: string, passphrase: string) => {
    await page.getByLabel('Código de alta').fill(code);
    await page.getByLabel('Clave de recuperación').fill(await readRecoveryKey());
    await page.getByLabel('Frase de paso nueva').fill(passphrase);
    await page.keyboard.press('Enter');
  };
  const code = await centre.issueEnrolmentCode(town.office.code, deskNumber);
  await comeBack('ABC', newPassphrase);
  await expect(page.getByRole('alert')).toContainText('Ese código de alta no vale');
  await comeBack(code, newPassphrase);
  await expect(page.getByRole('heading', { name: 'Abrir el puesto' })).toBeVisible();
  await openDesk(page, newPassphrase);
  await signIn(page, demonstrationPin);
  await page.getByRole('button', { name: /^Copia/u }).click();
  await expect(page.getByRole('dialog', { name: 'Copia' })).toContainText('se ha vuelto a dar de alta');
});
