import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { acquireVirtualReaders } from './card/pcscd.ts';
import type { ReaderAddress } from './card/reader-link.ts';
import { openSoftHsm } from './card/softhsm.ts';
import type { SoftHsm } from './card/softhsm.ts';
import { createVirtualCard, firstReaderPort, secondReaderPort } from './card/virtual-card.ts';
import type { VirtualCard } from './card/virtual-card.ts';
import { demonstrationPin } from './credentials.ts';
import type { CardOwner } from './panel/panel-actions.ts';
import type { IssuedCertificate, Pki } from './pki/ensure-pki.ts';

/** `pinPads`: virtual cards in readers with keys of their own. */
export type CardKind = 'virtual' | 'pinPads' | 'soft';

/** The cards of the demonstration: two officers' for the first reader, the citizen's for the second; the seal's token. */
export type DemoCards = Readonly<{
  /** Virtual cards seen through pcscd and OpenSC; otherwise tokens of SoftHSM2 that are always in. */
  isVirtual: boolean;
  standIns: readonly string[];
  /** Addresses of the officer's and the citizen's reader where they have keys of their own. */
  pinPads: readonly string[];
  softModule: SoftHsm['module'];
  insert(owner: CardOwner): Promise<void>;
  remove(reader: 'officer' | 'citizen'): Promise<void>;
  inOfficerReader(): 'officer' | 'secondOfficer' | null;
  isCitizenCardIn(): boolean;
  close(): Promise<void>;
}>;

const puk = '12345678';
const reasons = {
  notInstalled: 'pcscd o vpcd no están instalados',
  notPermitted: 'pcscd solo lo puede iniciar root',
  busy: 'otra demostración usa el lector virtual',
  failed: 'pcscd no ha arrancado',
  asked: 'así se ha pedido',
} as const;

export async function createDemoCards(
  options: Readonly<{ pki: Pki; folder: string; kind: CardKind; asksPinEachTime?: boolean }>,
): Promise<DemoCards> {
  const { pki, kind } = options;
  const readers =
    kind === 'soft' ? null : await acquireVirtualReaders({ waitSeconds: 5, pinPads: kind === 'pinPads' ? 2 : 0 });
  const isVirtual = readers?.available === true;
  // Tokens that stand in for cards have a folder of their own: beside the seal's they would be in for ever.
  const softHsm = await openSoftHsm(isVirtual ? options.folder : standInFolder(options.folder));
  await softHsm.addToken({ label: 'Sello del órgano', pin: demonstrationPin, ...keyAndCertificate(pki.seal) });
  if (!isVirtual) return softCards(softHsm, pki, readers === null ? 'asked' : readers.reason);

  const [firstPad, secondPad] = readers.pinPads;
  const first = firstPad === undefined ? { port: firstReaderPort } : { socket: firstPad };
  const second = secondPad === undefined ? { port: secondReaderPort } : { socket: secondPad };
  const make = (address: ReaderAddress, label: string, issued: IssuedCertificate): VirtualCard =>
    createVirtualCard({
      ...address,
      pin: demonstrationPin,
      puk,
      label,
      slots: [{ slot: options.asksPinEachTime === true ? '9C' : '9A', ...keyAndCertificate(issued) }],
    });
  const officerCards = {
    officer: make(first, 'GARCIA LOPEZ ANA', pki.officer),
    secondOfficer: make(first, 'PEREZ RUIZ LUIS', pki.secondOfficer),
  };
  const citizenCard = make(second, 'MARTINEZ SOLER JOSE', pki.citizen);

  async function removeOfficerCards(): Promise<void> {
    await officerCards.officer.remove();
    await officerCards.secondOfficer.remove();
  }

  return {
    isVirtual: true,
    standIns: [],
    pinPads: readers.pinPads,
    softModule: softHsm.module,
    async insert(owner) {
      if (owner === 'citizen') {
        await citizenCard.insert();
        return;
      }
      if (officerCards[owner].isInserted()) return;
      await removeOfficerCards();
      await officerCards[owner].insert();
    },
    remove: (reader) => (reader === 'citizen' ? citizenCard.remove() : removeOfficerCards()),
    inOfficerReader() {
      if (officerCards.officer.isInserted()) return 'officer';
      return officerCards.secondOfficer.isInserted() ? 'secondOfficer' : null;
    },
    isCitizenCardIn: () => citizenCard.isInserted(),
    async close() {
      await Promise.allSettled([officerCards.officer.close(), officerCards.secondOfficer.close(), citizenCard.close()]);
      await readers.release();
    },
  };
}

/** Where the tokens are that stand in for cards, seal included. */
export function standInFolder(folder: string): string {
  return `${folder}-stand-ins`;
}

/** A stand-in, and it says so: tokens in software that cannot be taken out. */
async function softCards(softHsm: SoftHsm, pki: Pki, reason: keyof typeof reasons): Promise<DemoCards> {
  await softHsm.addToken({ label: 'GARCIA LOPEZ ANA', pin: demonstrationPin, ...keyAndCertificate(pki.officer) });
  await softHsm.addToken({ label: 'MARTINEZ SOLER JOSE', pin: demonstrationPin, ...keyAndCertificate(pki.citizen) });
  return {
    isVirtual: false,
    standIns: [
      `Las tarjetas son testigos SoftHSM2, siempre puestos, en lugar de tarjetas virtuales (${reasons[reason]}): no se pueden retirar.`,
    ],
    pinPads: [],
    softModule: softHsm.module,
    insert: async () => undefined,
    remove: async () => undefined,
    inOfficerReader: () => 'officer',
    isCitizenCardIn: () => true,
    close: async () => undefined,
  };
}

function keyAndCertificate(issued: IssuedCertificate) {
  return { privateKey: createPrivateKey(readFileSync(issued.key)), certificate: issued.der };
}
