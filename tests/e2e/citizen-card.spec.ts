import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { createVirtualCard, secondReaderPort } from '../../demo/card/virtual-card.ts';
import type { VirtualCard } from '../../demo/card/virtual-card.ts';
import { demonstrationPin } from '../../demo/credentials.ts';
import {
  collateAll,
  openRecord,
  readNumberAndCode,
  signAndRegister,
  waitForScreen,
} from '../../demo/driver/counter-window.ts';
import { revokeCertificate } from '../../demo/pki/certificate-authority.ts';
import { citizenProfile } from '../../demo/pki/certificate-profiles.ts';
import { authorityAddresses, issueExtraCertificate } from '../../demo/pki/ensure-pki.ts';
import { citizen } from '../../demo/town.ts';
import { annexPaper, person, reachCounter, reachPapers, scanOne } from './support/counter-story.ts';
import { noVirtualReader } from './support/sentences.ts';
import { useOffice } from './support/office.ts';
import { expect, test } from './support/test.ts';

/*
 * The citizen signs the application with a card of their own in the second reader (arts. 41, 71.2 of the ordinance), both
 * cards seen through pcscd and OpenSC.
 */
const office = useOffice({ cards: 'virtual' });
const stranger = { nif: '87654321X', givenName: 'MARTA', firstSurname: 'GIL', secondSurname: 'SANZ' };
const day = 24 * 3600 * 1000;

test.beforeEach(async () => {
  const { standIns } = await office().actions.readState();
  test.skip(standIns.length > 0, noVirtualReader);
  await office().actions.removeCard('citizen');
  await office().actions.insertCard('officer');
});

/** From a closed desk to «Firma», on the citizen's own route. */
async function reachSignature(page: Page): Promise<void> {
  await reachCounter(page);
  await reachPapers(page, 'citizenCard');
  await scanOne(page, office(), 'annex', annexPaper);
  await collateAll(page);
  await waitForScreen(page, 'Firma');
}

async function withCitizenCard(
  name: string,
  holder: typeof stranger,
  validity: Readonly<{ notBefore: Date; notAfter: Date }>,
  work: (card: VirtualCard, certificate: string) => Promise<void>,
): Promise<void> {
  const { pki } = office();
  const profile = citizenProfile(holder, authorityAddresses(pki.ocspUrl));
  const issued = await issueExtraCertificate({ folder: pki.folder, name, profile, ...validity });
  const privateKey = createPrivateKey(readFileSync(issued.key));
  const card = createVirtualCard({
    port: secondReaderPort,
    pin: demonstrationPin,
    puk: '12345678',
    label: 'OTRA TARJETA',
    slots: [{ slot: '9A', privateKey, certificate: issued.der }],
  });
  await card.insert();
  try {
    await work(card, issued.certificate);
  } finally {
    await card.close();
  }
}
const inForce = () => ({ notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + 30 * day) });

const box = (page: Page) => page.locator('form', { has: page.getByRole('heading', { name: 'Firma de la persona' }) });
const citizenPin = (page: Page) => page.getByLabel('PIN de la tarjeta de la persona');
const signButton = (page: Page) => page.getByRole('button', { name: 'Firmar con la tarjeta de la persona' });

test('the person signs, then the officer: no consent is asked, and the record keeps both signatures', async ({
  openWindow,
}) => {
  const { page } = await openWindow(office());
  await reachSignature(page);
  await expect(page.getByRole('main')).not.toContainText('Consentimiento');
  await expect(page.getByRole('button', { name: 'Firmar y registrar' })).toHaveCount(0);
  await expect(page.getByRole('status').filter({ hasText: 'Inserte la tarjeta de la persona' })).toBeVisible();

  await office().actions.insertCard('citizen');
  await citizenPin(page).fill('999999');
  await signButton(page).click();
  await expect(box(page).getByRole('alert').first()).toContainText('El PIN no es correcto. Quedan 2 intentos.');
  await citizenPin(page).fill(demonstrationPin);
  await signButton(page).click();
  await expect(page.getByRole('heading', { name: 'Su firma' })).toBeVisible();
  await office().actions.removeCard('citizen');

  await signAndRegister(page, demonstrationPin);
  const { recordNumber } = await readNumberAndCode(page);
  expect(recordNumber).toMatch(/^O00009999e\d{2}03A\d{5}$/u);
  await page.keyboard.press('Escape');
  await openRecord(page, person.surname1, recordNumber);
  await expect(page.getByRole('table', { name: 'Documentos del asiento' })).toContainText(annexPaper.title);
});

test('the card pulled while the person signs: nothing is signed, and with the card back it is', async ({
  openWindow,
}) => {
  const { page } = await openWindow(office());
  await reachSignature(page);
  await withCitizenCard('citizen-pulled', citizen, inForce(), async (card) => {
    await citizenPin(page).fill(demonstrationPin);
    card.setBehaviour({ leaveAt: 3 });
    await signButton(page).click();
    await expect(box(page).getByRole('alert').first()).toContainText(/Se ha retirado la tarjeta|No hay tarjeta/u);
    await card.insert();
    await citizenPin(page).fill(demonstrationPin);
    await signButton(page).click();
    await expect(page.getByRole('heading', { name: 'Su firma' })).toBeVisible();
  });
});

test('cards that may not sign say why: of somebody else, expired, revoked', async ({ openWindow }) => {
  const { page } = await openWindow(office());
  await reachSignature(page);
  await withCitizenCard('stranger', stranger, inForce(), async () => {
    await expect(box(page)).toContainText('No es de la persona que presenta.');
    await expect(signButton(page)).toBeDisabled();
  });
  const past = { notBefore: new Date(Date.now() - 60 * day), notAfter: new Date(Date.now() - day) };
  await withCitizenCard('citizen-expired', citizen, past, async () => {
    await expect(box(page)).toContainText('Está caducado.');
    await expect(signButton(page)).toBeDisabled();
  });
  await withCitizenCard('citizen-revoked', citizen, inForce(), async (_, certificate) => {
    await revokeCertificate({ folder: office().pki.folder, certificate });
    await citizenPin(page).fill(demonstrationPin);
    await signButton(page).click();
    await expect(box(page).getByRole('alert').first()).toContainText('El certificado está revocado.');
    await expect(page.getByRole('heading', { name: 'Su firma' })).toHaveCount(0);
  });
});
