import { randomBytes, X509Certificate, type KeyObject } from 'node:crypto';
import { AppError } from '../../core/contract/errors.ts';
import type { BridgeReader } from '../../core/devices/card/card-messages.ts';
import type { CardCertificate, LoginOutcome, PinState, SignatureAlgorithm } from '../../core/services/ports/card.ts';
import {
  attribute,
  CryptokiError,
  failureValue,
  maySpeakOfRemoval,
  objectClass,
  result,
  slotFlag,
  tokenFlag,
  userType,
} from './cryptoki.ts';
import { pinOutcome, signatureFailure } from './outcomes.ts';
import type { PcscContext, ReaderState } from './pcsc.ts';
import { handleNumber, isTrue, type Handle, type Pkcs11Module, type TokenInfo } from './pkcs11-module.ts';
import { hasPinPad, isPivToken, pinStateOf, readCertificates } from './token-reader.ts';
import { PinPadTimeout, presentPin, type PinPadListener } from './pin-entry.ts';
import { planSignature } from './signature-input.ts';

/** The requests of the services on one module. One at a time: a card is a mutex, and so is OpenSC. */
export type CardService = Readonly<{
  listReaders(): BridgeReader[];
  login(readerId: string, pin: Uint8Array | null): Promise<LoginOutcome>;
  sign(request: SignRequest): Promise<Uint8Array>;
  logout(sessionId: string): void;
  close(): void;
}>;

export type SignRequest = Readonly<{
  sessionId: string;
  certificateId: string;
  algorithm: SignatureAlgorithm;
  data: Uint8Array;
  pin: Uint8Array | null;
}>;

type Slot = Readonly<{ slot: Handle; readerId: string; readerName: string }>;
type Session = Slot &
  Readonly<{ handle: Handle; serial: string; hasPinPad: boolean }> & {
    /** A wrong PIN for one signature has taken back the login of all keys. */
    isLoginLost: boolean;
    /** What the token offers; asked for at the first signature. */
    mechanisms: readonly number[] | null;
    /** The certificate last read before a signature, so that the same bytes are not parsed again. */
    parsed: Readonly<{ der: Buffer; publicKey: KeyObject }> | null;
  };

/** pcscd takes up to 0.4 s to notice that a card has gone; a module fails at once. */
const removalNoticedWithinMs = 1500;
const removalStepMs = 100;

/** `pcsc` is null for a module whose tokens need no reader. */
export function createCardService(
  module: Pkcs11Module,
  pcsc: PcscContext | null,
  onPinPad: PinPadListener,
): CardService {
  const sessions = new Map<string, Session>();
  const certificates = new Map<string, { key: string; list: CardCertificate[] }>();
  /** Keys that were found to want the PIN each time although their attribute does not say so: `serial/id`. */
  const askEachTime = new Set<string>();

  function listSlots(): Slot[] {
    return module.listSlots().map((slot) => ({
      slot,
      readerId: `${module.name}#${handleNumber(slot)}`,
      readerName: module.getSlotInfo(slot).slotDescription.trim(),
    }));
  }

  function listReaders(): BridgeReader[] {
    const states = pcsc?.currentStates() ?? [];
    const readers: BridgeReader[] = [];
    for (const slot of listSlots()) {
      const reader = readSlot(slot, findState(states, slot.readerName));
      if (reader !== null) readers.push(reader);
    }
    return readers;
  }

  function readSlot(slot: Slot, state: ReaderState | null): BridgeReader | null {
    const base = {
      readerId: slot.readerId,
      readerName: slot.readerName,
      moduleName: module.name,
      hasPinPad: false,
      token: null,
      answerToReset: state?.answerToReset ?? '',
    };
    const isPresent = (module.getSlotInfo(slot.slot).flags & slotFlag.tokenPresent) !== 0;
    if (!isPresent) {
      forget(slot.readerId);
      return { ...base, state: state?.hasCard === true ? 'unreadable' : 'empty' };
    }
    try {
      const token = module.getTokenInfo(slot.slot);
      // SoftHSM2 always offers one blank slot to make a token in.
      if (pcsc === null && (token.flags & tokenFlag.tokenInitialized) === 0) return null;
      const list = certificatesOf(slot, token, state);
      const pinState = pinStateOf(token, pivTriesLeft(slot, token, state));
      const label = token.label.trim();
      return {
        ...base,
        state: 'present',
        hasPinPad: hasPinPad(token),
        token: { label, serial: token.serialNumber.trim(), pinState, certificates: list },
      };
    } catch (error) {
      if (failureValue(error) === null) throw error;
      forget(slot.readerId);
      return { ...base, state: 'unreadable' };
    }
  }

  /** Reading certificates costs a real card seconds: once for each insertion, and again when the PIN shows the keys. */
  function certificatesOf(slot: Slot, token: TokenInfo, state: ReaderState | null): CardCertificate[] {
    const isLoggedIn = sessionsOn(slot.readerId).length > 0;
    const changes = state === null ? 0 : state.eventState >>> 16;
    const key = `${token.serialNumber}/${token.label}/${changes}`;
    const known = certificates.get(slot.readerId);
    if (pcsc !== null && !isLoggedIn && known?.key === key) return known.list.map((one) => withLearned(token, one));
    const session = module.openSession(slot.slot);
    try {
      const list = readCertificates(module, session, token, isLoggedIn);
      certificates.set(slot.readerId, { key, list });
      return list.map((one) => withLearned(token, one));
    } finally {
      module.closeSession(session);
    }
  }

  function withLearned(token: TokenInfo, certificate: CardCertificate): CardCertificate {
    const isLearned = askEachTime.has(`${token.serialNumber.trim()}/${certificate.certificateId}`);
    return isLearned ? { ...certificate, alwaysAuthenticate: true } : certificate;
  }

  function pivTriesLeft(slot: Slot, token: TokenInfo, state: ReaderState | null): number | null {
    if (pcsc === null || state === null || !isPivToken(token) || sessionsOn(slot.readerId).length > 0) return null;
    return pcsc.readPivTries(state.name);
  }

  async function login(readerId: string, pin: Uint8Array | null): Promise<LoginOutcome> {
    const slot = listSlots().find((one) => one.readerId === readerId);
    if (slot === undefined) throw new AppError('card.readerAbsent');
    if (!isTokenPresent(slot)) return { outcome: 'removed' };
    // A token has one login for the whole process: a former session would let any PIN pass.
    for (const [sessionId] of sessionsOn(readerId)) logout(sessionId);
    const token = module.getTokenInfo(slot.slot);
    const before = pinStateOf(token, null);
    if (before.level === 'notInitialized') throw new AppError('card.failed', { reason: 'pinNotInitialized' });
    if (before.level === 'locked') return { outcome: 'locked' };
    if (
      pin === null
        ? !hasPinPad(token)
        : pin.length === 0 || pin.length < before.minLength || pin.length > before.maxLength
    ) {
      return { outcome: 'invalidLength' };
    }
    const handle = module.openSession(slot.slot);
    const { value, isTimedOut } = await presentPin(
      module,
      { readerName: slot.readerName, session: handle, user: userType.user, pin },
      onPinPad,
    );
    if (value === result.ok) {
      const sessionId = randomBytes(16).toString('hex');
      sessions.set(sessionId, {
        ...slot,
        handle,
        serial: token.serialNumber.trim(),
        hasPinPad: hasPinPad(token),
        isLoginLost: false,
        mechanisms: null,
        parsed: null,
      });
      return { outcome: 'ok', sessionId };
    }
    quietly(() => module.closeSession(handle));
    if (maySpeakOfRemoval(value) && (await isGone(slot))) return { outcome: 'removed' };
    return pinOutcome(value, () => pinStateNow(slot), isTimedOut);
  }

  /** After a wrong PIN: nothing is verified any more, so that asking the card about its tries disturbs nobody. */
  function pinStateNow(slot: Slot): PinState {
    const token = module.getTokenInfo(slot.slot);
    return pinStateOf(token, isPivToken(token) ? (pcsc?.readPivTries(slot.readerName) ?? null) : null);
  }

  async function sign(request: SignRequest): Promise<Uint8Array> {
    const session = sessions.get(request.sessionId);
    if (session === undefined) throw new AppError('card.removed');
    let operation: Handle | null = null;
    try {
      // A session of its own: closing it ends whatever a failed signature left half done, and the login stays.
      operation = module.openSession(session.slot);
      return await signWith(session, operation, request);
    } catch (error) {
      const value = failureValue(error);
      if (value !== null && maySpeakOfRemoval(value) && (await isGone(session))) {
        drop(session.readerId);
        throw new AppError('card.removed', {}, { cause: error });
      }
      if (value === result.userNotLoggedIn && !session.isLoginLost)
        askEachTime.add(`${session.serial}/${request.certificateId}`);
      if (value === null) throw error;
      const isTimedOut = error instanceof PinPadTimeout;
      throw signatureFailure(value, () => pinStateNow(session), error, isTimedOut);
    } finally {
      const opened = operation;
      if (opened !== null) quietly(() => module.closeSession(opened));
    }
  }

  async function signWith(session: Session, operation: Handle, request: SignRequest): Promise<Uint8Array> {
    const mustHavePin = (): void => {
      if (request.pin === null && !session.hasPinPad)
        throw new AppError('card.pinCancelled', { reason: 'pinEachTime' });
    };
    if (session.isLoginLost || askEachTime.has(`${session.serial}/${request.certificateId}`)) {
      mustHavePin();
      quietly(() => module.logout(session.handle));
      await authenticate(operation, userType.user, request.pin, session);
    }
    const id = { type: attribute.id, value: Buffer.from(request.certificateId, 'hex') };
    const [key] = module.findObjects(operation, [{ type: attribute.class, value: objectClass.privateKey }, id]);
    const [certificate] = module.findObjects(operation, [
      { type: attribute.class, value: objectClass.certificate },
      id,
    ]);
    const der = certificate === undefined ? null : module.readAttribute(operation, certificate, attribute.value);
    if (key === undefined || der === null) throw new AppError('card.noCertificate');
    session.mechanisms ??= module.listMechanisms(session.slot);
    const plan = planSignature({ ...request, offered: session.mechanisms, key: publicKeyOf(session, der) });
    if (plan === null) throw new AppError('card.failed', { reason: 'algorithm' });
    const asksEachTime = isTrue(module.readAttribute(operation, key, attribute.alwaysAuthenticate));
    if (asksEachTime) mustHavePin();
    module.beginSignature(operation, plan.mechanism, key);
    if (asksEachTime) await authenticate(operation, userType.contextSpecific, request.pin, session);
    return plan.toPortForm(await module.sign(operation, plan.input));
  }

  async function authenticate(operation: Handle, user: 1 | 2, pin: Uint8Array | null, session: Session): Promise<void> {
    const { readerName } = session;
    const { value, isTimedOut } = await presentPin(module, { readerName, session: operation, user, pin }, onPinPad);
    session.isLoginLost = value !== result.ok;
    if (value === result.ok) return;
    throw isTimedOut ? new PinPadTimeout(value, 'C_Login') : new CryptokiError(value, 'C_Login');
  }

  function logout(sessionId: string): void {
    const session = sessions.get(sessionId);
    if (session === undefined) return;
    sessions.delete(sessionId);
    quietly(() => module.logout(session.handle));
    quietly(() => module.closeSession(session.handle));
    const state = findState(pcsc?.currentStates() ?? [], session.readerName);
    if (state?.hasCard === true) pcsc?.resetCard(state.name);
  }

  /** The card has gone: its sessions are no more. */
  function forget(readerId: string): void {
    certificates.delete(readerId);
    drop(readerId);
  }

  function drop(readerId: string): void {
    for (const [sessionId, session] of sessionsOn(readerId)) {
      sessions.delete(sessionId);
      quietly(() => module.closeSession(session.handle));
    }
  }

  function sessionsOn(readerId: string): [string, Session][] {
    return [...sessions].filter(([, session]) => session.readerId === readerId);
  }

  function isTokenPresent(slot: Slot): boolean {
    return (module.getSlotInfo(slot.slot).flags & slotFlag.tokenPresent) !== 0;
  }

  async function isGone(slot: Slot): Promise<boolean> {
    if (pcsc === null) return !isTokenPresent(slot);
    for (let waited = 0; waited < removalNoticedWithinMs; waited += removalStepMs) {
      if (findState(pcsc.currentStates(), slot.readerName)?.hasCard !== true) return true;
      await new Promise((resolve) => setTimeout(resolve, removalStepMs));
    }
    return false;
  }

  return {
    listReaders,
    login,
    sign,
    logout,
    close() {
      for (const sessionId of sessions.keys()) logout(sessionId);
      quietly(() => module.close());
    },
  };
}

function publicKeyOf(session: Session, der: Buffer): KeyObject {
  if (session.parsed?.der.equals(der) === true) return session.parsed.publicKey;
  const { publicKey } = new X509Certificate(der);
  session.parsed = { der, publicKey };
  return publicKey;
}

/** A module may cut a reader's name to the 64 characters of a slot description. */
function findState(states: readonly ReaderState[], readerName: string): ReaderState | null {
  return (
    states.find(({ name }) => name === readerName || (readerName.length >= 60 && name.startsWith(readerName))) ?? null
  );
}

/** Cleaning up after a card that may have gone: there is nobody left to complain to. */
function quietly(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (failureValue(error) === null) throw error;
  }
}
