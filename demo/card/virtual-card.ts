import type { KeyObject } from 'node:crypto';
import { createPivApplication, newPivCardState, type PivCardState, type PivSlot } from './piv-application.ts';
import { openReaderLink, type ReaderAddress, type ReaderLink } from './reader-link.ts';

export type VirtualCardBehaviour = Readonly<{
  /** Answers nothing until this is taken back: a reader or a chip that hangs. */
  isHanging: boolean;
  /** The card leaves the reader at so many commands from now, the last of which never gets an answer. */
  leaveAt: number | null;
  /** Every key wants the PIN immediately before each signature, as the DNIe does, and not only 9C. */
  alwaysAuthenticate: boolean;
}>;

export type VirtualCard = Readonly<{
  /** Resolves when pcscd has read the card's ATR; rejects when no virtual reader asks for it in time. */
  insert(): Promise<void>;
  remove(): Promise<void>;
  isInserted(): boolean;
  setBehaviour(changes: Partial<VirtualCardBehaviour>): void;
  triesLeft(): number;
  /** Commands that it has been sent since it was made. */
  commandCount(): number;
  close(): Promise<void>;
}>;

/** The ports of Debian's vpcd: its two readers. */
export const firstReaderPort = 35_963;
export const secondReaderPort = 35_964;

/**
 * A PIV card made of software, for the demonstration office and the tests. It is seen through vpcd, pcscd and OpenSC
 * like a card of plastic. `slot: '9A'` signs a batch with one PIN, `'9C'` wants it before each signature.
 * PIN and PUK: 6 to 8 digits. Pass the same `state` to keep the counters in sight.
 */
export function createVirtualCard(
  options: Readonly<{
    pin: string;
    puk: string;
    slots: readonly Readonly<{ slot: '9A' | '9C'; privateKey: KeyObject; certificate: Uint8Array }>[];
    label?: string;
    state?: PivCardState;
  }> &
    ReaderAddress,
): VirtualCard {
  const state = options.state ?? newPivCardState(options.pin, options.puk);
  const slots: readonly PivSlot[] = options.slots;
  let behaviour: VirtualCardBehaviour = { isHanging: false, leaveAt: null, alwaysAuthenticate: false };
  let commandCount = 0;
  let wake: (() => void)[] = [];
  let link: ReaderLink | null = null;
  let isReaderEmpty = Promise.resolve();
  const application = createPivApplication({
    slots,
    state,
    holder: options.label ?? 'TARJETA DE PRUEBA',
    demandsPinAlways: () => behaviour.alwaysAuthenticate,
  });

  async function answer(command: Uint8Array): Promise<Uint8Array | null> {
    commandCount += 1;
    if (behaviour.leaveAt !== null) behaviour = { ...behaviour, leaveAt: behaviour.leaveAt - 1 };
    if (behaviour.leaveAt === 0) {
      behaviour = { ...behaviour, leaveAt: null };
      await remove();
      return null;
    }
    while (behaviour.isHanging) await new Promise<void>((resolve) => wake.push(resolve));
    return application.answer(command);
  }

  async function remove(): Promise<void> {
    const open = link;
    link = null;
    if (open === null) return;
    await open.close();
    isReaderEmpty = new Promise((resolve) => setTimeout(resolve, unnoticedMs));
  }

  return {
    async insert() {
      await isReaderEmpty;
      if (link !== null) return;
      application.reset();
      const opened = openReaderLink({ address: options, answerToReset, answer, onReset: application.reset });
      link = opened;
      try {
        await opened.ready;
      } catch (error) {
        await remove();
        throw error;
      }
    },
    remove,
    isInserted: () => link !== null,
    setBehaviour(changes) {
      behaviour = { ...behaviour, ...changes };
      for (const resume of wake) resume();
      wake = [];
    },
    commandCount: () => commandCount,
    triesLeft: () => state.pinTriesLeft,
    close: remove,
  };
}

/** pcscd looks every 0.4 s: a card that comes back sooner is taken for one that does not answer. */
const unnoticedMs = 900;

/** T=1, historical bytes in compact TLV that name the PIV application, check byte: OpenSC then trusts VERIFY's counter. */
const answerToReset = withCheckByte(Buffer.from('3B8B800180F9A00000030800001000', 'hex'));

function withCheckByte(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.of(bytes.subarray(1).reduce((sum, byte) => sum ^ byte, 0))]);
}
