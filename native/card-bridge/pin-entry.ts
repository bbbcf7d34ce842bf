import { CryptokiError, type userType } from './cryptoki.ts';
import type { Handle, Pkcs11Module } from './pkcs11-module.ts';

/** Told before a reader asks for the PIN on its own keys, and with null when that has ended. */
export type PinPadListener = (readerName: string, seconds: number | null) => void;

/** What C_Login answered. `isTimedOut`: nobody pressed a key while the reader waited. */
export type PinEntry = Readonly<{ value: number; isTimedOut: boolean }>;

/** What OpenSC and the makers' libraries give a person at the reader's keys (bTimerOut of PC/SC part 10). */
const pinPadSeconds = 30;
/** PKCS #11 has one answer for a red key and for a pad that gave up: only its patience tells them apart. */
const padPatienceMs = (pinPadSeconds - 2) * 1000;

export class PinPadTimeout extends CryptokiError {}

/** C_Login. `pin` null leaves the PIN to the reader's keys, and tells whoever shows how long they wait. */
export async function presentPin(
  module: Pkcs11Module,
  entry: Readonly<{
    readerName: string;
    session: Handle;
    user: (typeof userType)[keyof typeof userType];
    pin: Uint8Array | null;
  }>,
  onPinPad: PinPadListener,
): Promise<PinEntry> {
  const { readerName, session, user, pin } = entry;
  if (pin !== null) return { value: await module.login(session, user, pin), isTimedOut: false };
  const askedAt = performance.now();
  onPinPad(readerName, pinPadSeconds);
  try {
    const value = await module.login(session, user, null);
    return { value, isTimedOut: performance.now() - askedAt >= padPatienceMs };
  } finally {
    onPinPad(readerName, null);
  }
}
