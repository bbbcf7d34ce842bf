import koffi, { type LibraryHandle } from 'koffi';

/** What the system's smart card service tells of one reader. */
export type ReaderState = Readonly<{
  name: string;
  hasCard: boolean;
  /** Hexadecimal, upper case; empty without a card. */
  answerToReset: string;
  /** PC/SC's event state. Its upper half counts insertions and removals, so that a quick change of cards is no secret. */
  eventState: number;
}>;

export type PcscContext = Readonly<{
  /** How things stand now, without waiting. */
  currentStates(): ReaderState[];
  /** Waits on a thread until something differs from `known`, or a reader comes or goes. Null when the service is gone. */
  waitForChange(known: readonly ReaderState[]): Promise<ReaderState[] | null>;
  /** Takes every verified PIN off the card: some cards know no logout, and OpenSC leaves them open. */
  resetCard(readerName: string): void;
  /** Tries left on a PIV card, which answers an empty VERIFY without spending one; null for other cards. */
  readPivTries(readerName: string): number | null;
  cancel(): void;
}>;

const isWindows = process.platform === 'win32';
const libraryName = isWindows
  ? 'winscard.dll'
  : process.platform === 'darwin'
    ? '/System/Library/Frameworks/PCSC.framework/PCSC'
    : 'libpcsclite.so.1';
const suffix = isWindows ? 'A' : '';
// PC/SC's DWORD is `unsigned long` in pcsc-lite and 32 bits elsewhere.
const word = process.platform === 'linux' ? 'unsigned long' : 'uint32_t';
const atrRoom = isWindows ? 36 : 33;
const newReaderNotice = String.raw`\\?PnP?\Notification`;
const success = 0;
const scope = { system: 2 } as const;
const share = { shared: 2 } as const;
const anyProtocol = 3;
const disposition = { leave: 0, reset: 1 } as const;
const stateFlag = { changed: 0x2, present: 0x20 } as const;
const forever = 0xffff_ffff;

type RawState = {
  szReader: string;
  pvUserData: null;
  dwCurrentState: number;
  dwEventState: number;
  cbAtr: number;
  rgbAtr: number[];
};

const fields = {
  szReader: 'const char *',
  pvUserData: 'void *',
  dwCurrentState: word,
  dwEventState: word,
  cbAtr: word,
  rgbAtr: koffi.array('uint8_t', atrRoom),
};
const RawStateType =
  process.platform === 'darwin' ? koffi.pack('ReaderStateRecord', fields) : koffi.struct('ReaderStateRecord', fields);
const ProtocolHeader = koffi.struct('ProtocolHeader', { protocol: word, length: word });

/** Null when the machine has no smart card service, or it is not running. */
export function openPcsc(): PcscContext | null {
  loadedCalls ??= loadCalls();
  return loadedCalls === null ? null : openContexts(loadedCalls);
}

function openContexts(calls: PcscCalls): PcscContext | null {
  // pcsc-lite holds a context's lock while it waits: whoever asks needs another one.
  const context = establish(calls);
  const waitingContext = establish(calls);
  return context === null || waitingContext === null ? null : pcscOn(calls, context, waitingContext);
}

function pcscOn(calls: PcscCalls, context: bigint, waitingContext: bigint): PcscContext {
  function listReaders(asking: bigint): string[] {
    const length = [0];
    if (calls.list(asking, null, null, length) !== success) return [];
    const names = Buffer.alloc(Number(length[0] ?? 0));
    if (calls.list(asking, null, names, length) !== success) return [];
    return names
      .toString('utf8')
      .split('\0')
      .filter((name) => name !== '');
  }

  async function waitForChange(known: readonly ReaderState[]): Promise<ReaderState[] | null> {
    const byName = new Map(known.map((state) => [state.name, state]));
    const raw: RawState[] = listReaders(waitingContext).map((name) => toRaw(name, byName.get(name)));
    const notice = toRaw(newReaderNotice, undefined);
    // In pcsc-lite the pseudo reader's high word is the number of readers; elsewhere it is ignored.
    notice.dwCurrentState = raw.length * 0x1_0000;
    const isReaderListChanged = raw.length !== known.length || raw.some(({ szReader }) => !byName.has(szReader));
    if (!isReaderListChanged) raw.push(notice);
    if (raw.length === 0) return [];
    const result = await new Promise<number>((resolve, reject) => {
      calls.wait.async(
        waitingContext,
        isReaderListChanged ? 0 : forever,
        raw,
        raw.length,
        (error: unknown, value: number) => {
          if (error === null || error === undefined) resolve(Number(value));
          else reject(error instanceof Error ? error : new Error('SCardGetStatusChange'));
        },
      );
    });
    if (result === success || (isReaderListChanged && result >>> 0 === 0x8010_000a)) {
      return raw.filter(({ szReader }) => szReader !== newReaderNotice).map(fromRaw);
    }
    // A reader that was unplugged while we asked: look again. Anything else: the service has gone.
    return result >>> 0 === 0x8010_0009 ? [...known] : null;
  }

  function withCard<T>(readerName: string, leaving: number, work: (card: bigint, protocol: number) => T): T | null {
    const card = [0n];
    const protocol = [0];
    if (calls.connect(context, readerName, share.shared, anyProtocol, card, protocol) !== success) return null;
    const handle = BigInt(card[0] ?? 0n);
    try {
      return work(handle, Number(protocol[0] ?? 0));
    } finally {
      calls.disconnect(handle, leaving);
    }
  }

  function send(card: bigint, protocol: number, command: Uint8Array): Buffer {
    const answer = Buffer.alloc(258);
    const length = [answer.length];
    const header = { protocol, length: koffi.sizeof(ProtocolHeader) };
    const result = calls.transmit(card, header, command, command.length, null, answer, length);
    return result === success ? answer.subarray(0, Number(length[0] ?? 0)) : Buffer.alloc(0);
  }

  return {
    currentStates() {
      const raw = listReaders(context).map((name) => toRaw(name, undefined));
      if (raw.length === 0 || calls.wait(context, 0, raw, raw.length) !== success) return [];
      return raw.map(fromRaw);
    },
    waitForChange,
    resetCard(readerName) {
      withCard(readerName, disposition.reset, () => null);
    },
    readPivTries(readerName) {
      return withCard(readerName, disposition.leave, (card, protocol) => {
        const selected = send(card, protocol, Buffer.from('00A4040009A0000003080000100000', 'hex'));
        if (selected.subarray(-2).toString('hex') !== '9000') return null;
        const [first, second] = send(card, protocol, Buffer.from('00200080', 'hex')).subarray(-2);
        if (first === 0x69 && second === 0x83) return 0;
        return first === 0x63 && second !== undefined && (second & 0xf0) === 0xc0 ? second & 0x0f : null;
      });
    },
    cancel() {
      calls.cancel(waitingContext);
    },
  };
}

function toRaw(name: string, state: ReaderState | undefined): RawState {
  return {
    szReader: name,
    pvUserData: null,
    dwCurrentState: state?.eventState ?? 0,
    dwEventState: 0,
    cbAtr: 0,
    rgbAtr: new Array<number>(atrRoom).fill(0),
  };
}

function fromRaw(raw: RawState): ReaderState {
  const state = Number(raw.dwEventState) & ~stateFlag.changed;
  const hasCard = (state & stateFlag.present) !== 0;
  const answerToReset = hasCard
    ? Buffer.from(raw.rgbAtr.slice(0, Number(raw.cbAtr)))
        .toString('hex')
        .toUpperCase()
    : '';
  return { name: raw.szReader, hasCard, answerToReset, eventState: state >>> 0 };
}

type PcscCalls = NonNullable<ReturnType<typeof loadCalls>>;

let loadedCalls: PcscCalls | null = null;

function establish(calls: PcscCalls): bigint | null {
  const place = [0n];
  return calls.establish(scope.system, null, null, place) === success ? BigInt(place[0] ?? 0n) : null;
}

function loadCalls() {
  let library: LibraryHandle;
  try {
    library = koffi.load(libraryName);
  } catch {
    return null;
  }
  const state = koffi.inout(koffi.pointer(RawStateType));
  return {
    establish: library.func('SCardEstablishContext', 'long', [
      word,
      'void *',
      'void *',
      koffi.out(koffi.pointer('uintptr_t')),
    ]),
    list: library.func(`SCardListReaders${suffix}`, 'long', [
      'uintptr_t',
      'const char *',
      'void *',
      koffi.inout(koffi.pointer(word)),
    ]),
    wait: library.func(`SCardGetStatusChange${suffix}`, 'long', ['uintptr_t', word, state, word]),
    connect: library.func(`SCardConnect${suffix}`, 'long', [
      'uintptr_t',
      'const char *',
      word,
      word,
      koffi.out(koffi.pointer('uintptr_t')),
      koffi.out(koffi.pointer(word)),
    ]),
    disconnect: library.func('SCardDisconnect', 'long', ['uintptr_t', word]),
    transmit: library.func('SCardTransmit', 'long', [
      'uintptr_t',
      koffi.pointer(ProtocolHeader),
      'const uint8_t *',
      word,
      'void *',
      'void *',
      koffi.inout(koffi.pointer(word)),
    ]),
    cancel: library.func('SCardCancel', 'long', ['uintptr_t']),
  };
}
