import type { KeyObject } from 'node:crypto';
import { parseCommand, type CardCommand } from './card-command.ts';
import { algorithmReference, serialFrom, signRawEcdsa, signRawRsa } from './raw-signature.ts';
import { findTlv, tlv } from './tlv.ts';

/** 9A: one PIN serves any number of signatures. 9C: the PIN is due immediately before each one (SP 800-73-4). */
export type PivSlotName = '9A' | '9C';

export type PivSlot = Readonly<{ slot: PivSlotName; privateKey: KeyObject; certificate: Uint8Array }>;

/** What survives pulling the card out: shared by whoever wants to look at or spend the tries. */
export type PivCardState = {
  pin: string;
  puk: string;
  pinTriesLeft: number;
  pukTriesLeft: number;
};

export type PivApplication = Readonly<{
  /** Answers one command APDU; the last two bytes are the status word. */
  answer(command: Uint8Array): Buffer;
  /** Power-on or reset: whatever was verified is forgotten. */
  reset(): void;
}>;

const applicationId = 'A000000308000010000100';
const maximumTries = 3;
const status = {
  ok: '9000',
  wrongLength: '6700',
  securityStatusNotSatisfied: '6982',
  pinBlocked: '6983',
  incorrectData: '6A80',
  functionNotSupported: '6A81',
  notFound: '6A82',
  incorrectParameters: '6A86',
  referenceNotFound: '6A88',
  instructionNotSupported: '6D00',
  classNotSupported: '6E00',
} as const;

/**
 * The PIV card application of NIST SP 800-73-4 as far as a counter needs it: two signature keys, their certificates,
 * PIN and PUK with counters. `demandsPinAlways` makes every key behave like 9C, as the DNIe does.
 */
export function createPivApplication(
  options: Readonly<{
    slots: readonly PivSlot[];
    state: PivCardState;
    holder: string;
    demandsPinAlways: () => boolean;
  }>,
): PivApplication {
  const { slots, state } = options;
  const objects = dataObjects(slots);
  let isVerified = false;
  let isFresh = false;
  let chained: Buffer = Buffer.alloc(0);
  let pending: Buffer = Buffer.alloc(0);

  function answer(bytes: Uint8Array): Buffer {
    const command = parseCommand(bytes);
    if (command === null) return word(status.wrongLength);
    if ((command.classByte & ~0x10) !== 0) return word(status.classNotSupported);
    if (command.instruction === 0xc0) return nextPart(pending, command.expected);
    if ((command.classByte & 0x10) !== 0) {
      chained = Buffer.concat([chained, command.data]);
      return word(status.ok);
    }
    const whole = { ...command, data: Buffer.concat([chained, command.data]) };
    chained = Buffer.alloc(0);
    return nextPart(execute(whole), command.expected);
  }

  /** Long answers leave in parts: `61 xx` tells how much GET RESPONSE may still fetch. */
  function nextPart(answerLeft: Buffer, expected: number): Buffer {
    const body = answerLeft.subarray(0, -2);
    const room = expected === 0 ? 256 : expected;
    if (body.length <= room) {
      pending = Buffer.alloc(0);
      return answerLeft.length === 0 ? word(status.incorrectParameters) : answerLeft;
    }
    pending = Buffer.from(answerLeft.subarray(room));
    const left = pending.length - 2;
    return Buffer.concat([body.subarray(0, room), Buffer.of(0x61, left > 255 ? 0 : left)]);
  }

  function execute(command: CardCommand): Buffer {
    switch (command.instruction) {
      case 0xa4:
        return select(command);
      case 0xcb:
        return getData(command);
      case 0x20:
        return verify(command);
      case 0x2c:
        return resetRetryCounter(command);
      case 0x87:
        return generalAuthenticate(command);
      default:
        return word(status.instructionNotSupported);
    }
  }

  function select(command: CardCommand): Buffer {
    const asked = command.data.toString('hex').toUpperCase();
    if (command.parameter1 !== 0x04 || asked.length < 10 || !applicationId.startsWith(asked))
      return word(status.notFound);
    const identifier = Buffer.from(applicationId, 'hex');
    const authority = tlv('79', tlv('4F', identifier.subarray(0, 5)));
    return Buffer.concat([tlv('61', tlv('4F', identifier.subarray(5)), authority), word(status.ok)]);
  }

  function getData(command: CardCommand): Buffer {
    if (command.parameter1 !== 0x3f || command.parameter2 !== 0xff) return word(status.incorrectParameters);
    const tag = findTlv(command.data, '5C')?.toString('hex').toUpperCase() ?? '';
    if (tag === '5FC109') {
      if (!isVerified) return word(status.securityStatusNotSatisfied);
      return Buffer.concat([tlv('53', tlv('01', Buffer.from(options.holder, 'latin1')), tlv('FE')), word(status.ok)]);
    }
    const object = objects.get(tag);
    return object === undefined ? word(status.notFound) : Buffer.concat([object, word(status.ok)]);
  }

  function verify(command: CardCommand): Buffer {
    if (command.parameter2 !== 0x80) return word(status.referenceNotFound);
    if (command.parameter1 === 0xff && command.data.length === 0) {
      isVerified = false;
      return word(status.ok);
    }
    if (command.parameter1 !== 0x00) return word(status.incorrectParameters);
    if (command.data.length === 0) return isVerified ? word(status.ok) : triesWord(state.pinTriesLeft);
    if (state.pinTriesLeft === 0) return word(status.pinBlocked);
    if (command.data.length !== 8) return word(status.incorrectData);
    isVerified = command.data.equals(padded(state.pin));
    isFresh = isVerified;
    state.pinTriesLeft = isVerified ? maximumTries : state.pinTriesLeft - 1;
    return isVerified ? word(status.ok) : triesWord(state.pinTriesLeft);
  }

  function resetRetryCounter(command: CardCommand): Buffer {
    if (command.parameter2 !== 0x80 || command.data.length !== 16) return word(status.incorrectParameters);
    if (state.pukTriesLeft === 0) return word(status.pinBlocked);
    if (!command.data.subarray(0, 8).equals(padded(state.puk))) {
      state.pukTriesLeft -= 1;
      return triesWord(state.pukTriesLeft);
    }
    const newPin = command.data
      .subarray(8)
      .toString('latin1')
      .replace(/\u00ff+$/, '');
    if (!/^\d{6,8}$/.test(newPin)) return word(status.incorrectData);
    state.pin = newPin;
    state.pinTriesLeft = maximumTries;
    state.pukTriesLeft = maximumTries;
    isVerified = false;
    return word(status.ok);
  }

  function generalAuthenticate(command: CardCommand): Buffer {
    const slot = slots.find(({ slot: name }) => Number.parseInt(name, 16) === command.parameter2);
    if (slot === undefined) return word(status.incorrectParameters);
    if (algorithmReference(slot.privateKey) !== command.parameter1) return word(status.incorrectParameters);
    const challenge = findTlv(findTlv(command.data, '7C') ?? Buffer.alloc(0), '81');
    if (challenge === null || challenge.length === 0) return word(status.incorrectData);
    const isPinAlways = slot.slot === '9C' || options.demandsPinAlways();
    if (!isVerified || (isPinAlways && !isFresh)) return word(status.securityStatusNotSatisfied);
    isFresh = false;
    const isRsa = slot.privateKey.asymmetricKeyType === 'rsa';
    const signature = isRsa ? signRawRsa(slot.privateKey, challenge) : signRawEcdsa(slot.privateKey, challenge);
    return Buffer.concat([tlv('7C', tlv('82', signature)), word(status.ok)]);
  }

  return {
    answer,
    reset() {
      isVerified = false;
      isFresh = false;
      chained = Buffer.alloc(0);
      pending = Buffer.alloc(0);
    },
  };
}

export function newPivCardState(pin: string, puk: string): PivCardState {
  return { pin, puk, pinTriesLeft: maximumTries, pukTriesLeft: maximumTries };
}

/** SP 800-73-4 part 1, appendix A: containers by tag. */
function dataObjects(slots: readonly PivSlot[]): ReadonlyMap<string, Buffer> {
  const serial = serialFrom(slots.map(({ certificate }) => certificate));
  const identifier = Buffer.from(applicationId, 'hex');
  // FASC-N of a card outside the federal system (agency 9999): OpenSC then takes the GUID as serial number.
  const fascN = Buffer.from('D4E739DA739CED39CE739D836858210842108421384210C3F5', 'hex');
  const holderId = tlv(
    '53',
    tlv('30', fascN),
    tlv('34', serial),
    tlv('35', Buffer.from('20991231', 'latin1')),
    tlv('3E'),
    tlv('FE'),
  );
  const cardId = Buffer.concat([Buffer.from('A000000116FF02', 'hex'), serial.subarray(0, 14)]);
  const versions = [
    tlv('F1', Buffer.of(0x21)),
    tlv('F2', Buffer.of(0x21)),
    tlv('F4', Buffer.of(0x00)),
    tlv('F5', Buffer.of(0x10)),
  ];
  const capabilities = tlv('53', tlv('F0', cardId), ...versions, tlv('FE'));
  const objects = new Map<string, Buffer>([
    ['7E', tlv('7E', tlv('4F', identifier), tlv('5F2F', Buffer.of(0x40, 0x00)))],
    ['5FC102', holderId],
    ['5FC107', capabilities],
  ]);
  for (const { slot, certificate } of slots) {
    objects.set(
      slot === '9A' ? '5FC105' : '5FC10A',
      tlv('53', tlv('70', certificate), tlv('71', Buffer.of(0)), tlv('FE')),
    );
  }
  return objects;
}

function padded(secret: string): Buffer {
  return Buffer.concat([Buffer.from(secret, 'latin1'), Buffer.alloc(8, 0xff)]).subarray(0, 8);
}

function triesWord(triesLeft: number): Buffer {
  return triesLeft === 0 ? word(status.pinBlocked) : Buffer.of(0x63, 0xc0 | triesLeft);
}

function word(code: string): Buffer {
  return Buffer.from(code, 'hex');
}
