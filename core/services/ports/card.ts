/** A reader as the card bridge sees it. `readerId` is stable while the bridge lives. */
export type CardReader = Readonly<{
  readerId: string;
  readerName: string;
  /** PKCS#11 module in use, by its file name, for the diagnosis. */
  moduleName: string;
  state: 'empty' | 'present' | 'unreadable';
  hasPinPad: boolean;
  token: CardToken | null;
}>;

export type CardToken = Readonly<{
  label: string;
  /** Serial of the token: tells whether the same card came back. */
  serial: string;
  pinState: PinState;
  certificates: readonly CardCertificate[];
}>;

/** From the token's flags; `triesLeft` only where the card tells. */
export type PinState = Readonly<{
  level: 'ok' | 'low' | 'lastTry' | 'locked' | 'notInitialized';
  triesLeft: number | null;
  minLength: number;
  maxLength: number;
}>;

export type CardCertificate = Readonly<{
  /** Hexadecimal CKA_ID of the certificate on its token. */
  certificateId: string;
  label: string;
  /** DER of the X.509 certificate. */
  der: Uint8Array;
  /** A private key with the same CKA_ID exists and may sign. */
  hasPrivateKey: boolean;
  keyType: 'rsa' | 'ec';
  /** The card wants its PIN before every signature (CKA_ALWAYS_AUTHENTICATE; DNIe). */
  alwaysAuthenticate: boolean;
}>;

export type SignatureAlgorithm =
  | 'rsa-sha256'
  | 'rsa-sha384'
  | 'rsa-sha512'
  | 'ecdsa-sha256'
  | 'ecdsa-sha384'
  | 'ecdsa-sha512';

/** Closed outcomes of presenting a PIN. Each has one sentence in the window. */
export type LoginOutcome =
  | Readonly<{ outcome: 'ok'; sessionId: string }>
  | Readonly<{ outcome: 'incorrect'; triesLeft: number | null; isLastTry: boolean }>
  | Readonly<{
      outcome:
        | 'cancelled'
        /** Nobody typed on the reader's PIN pad in its time. */
        | 'timedOut'
        | 'locked'
        | 'expired'
        | 'removed'
        | 'busy'
        | 'moduleCrashed'
        | 'invalidLength';
    }>;

/** A reader waits for a PIN on its own keys. */
export type PinPadAsked = Readonly<{
  readerName: string;
  /** Seconds that it waits, from the moment of the call. */
  seconds: number;
}>;

/**
 * The card bridge (native/card-bridge). A card is a mutex: calls on one reader queue.
 * Every call may reject with AppError `card.*`.
 */
export type CardPort = Readonly<{
  listReaders(): Promise<readonly CardReader[]>;
  /** Called with the whole list after each insertion, removal, new reader or restart of the bridge. */
  onReadersChanged(listener: (readers: readonly CardReader[]) => void): () => void;
  /** Called when a reader starts to wait for a PIN on its own keys, and with null when it has ended, however it did. */
  onPinPadAsked(listener: (asked: PinPadAsked | null) => void): () => void;
  /**
   * Presents the PIN through a buffer that is wiped in the bridge; the caller's bytes are wiped too before it returns.
   * `pin: null` uses the reader's own PIN pad.
   */
  login(request: Readonly<{ readerId: string; pin: Uint8Array | null }>): Promise<LoginOutcome>;
  /**
   * Signs `data` (hashed inside the bridge with the algorithm's digest). RSA: PKCS#1 v1.5; ECDSA: DER of (r, s).
   * `pin` only for a key with alwaysAuthenticate.
   */
  sign(
    request: Readonly<{
      sessionId: string;
      certificateId: string;
      algorithm: SignatureAlgorithm;
      data: Uint8Array;
      pin?: Uint8Array;
    }>,
  ): Promise<Uint8Array>;
  logout(sessionId: string): Promise<void>;
  close(): Promise<void>;
}>;
