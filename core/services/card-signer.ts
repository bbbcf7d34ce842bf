import { AppError, toErrorMessage } from '../contract/errors.ts';
import type { ErrorCode } from '../contract/errors.ts';
import type { RawSigner } from '../documents/signing/cms.ts';
import { getReferenceData } from './context.ts';
import type { ServiceContext } from './context.ts';
import type { AskPin } from './jobs.ts';
import { loginOrThrow, trustedCertificatesOf } from './officer-session.ts';
import type { CardCertificate, CardReader } from './ports/card.ts';

export type SigningSession = Readonly<{ signer: RawSigner; cardQueue: 1 | 2; close: () => Promise<void> }>;

/** How a card that wants its PIN before each signature gets the second one and those after it. */
export type PinPrompts = Readonly<{ total: number; ask: AskPin }>;

// The person may have mistyped: the card still has tries, and asking again costs nothing that was done.
const worthAskingAgain: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'card.pinIncorrect',
  'card.pinLastTry',
  'card.pinLength',
]);

/** How often a person types a PIN for so many signatures. A PIN pad takes part in the log-in and in each of them. */
export function countPins(
  signatures: number,
  card: Readonly<{ hasPinPad: boolean; asksPinEachTime: boolean }> | null,
): number {
  if (signatures === 0) return 0;
  if (card?.asksPinEachTime !== true) return 1;
  return signatures + (card.hasPinPad ? 1 : 0);
}

/**
 * Presents the PIN and signs with the card until `close`. A card that wants its PIN before each signature gets the given
 * one for the first and has the person asked for every other one; nothing keeps a PIN from one to the next.
 * `prompts` null: for a single signature. Throws `card.*`, `request.cancelled` when the person gave up being asked.
 */
export async function openCardSession(
  context: ServiceContext,
  reader: CardReader,
  certificate: CardCertificate,
  pin: Uint8Array | null,
  prompts: PinPrompts | null,
): Promise<SigningSession> {
  const asksEachTime = certificate.alwaysAuthenticate && pin !== null;
  let firstPin = asksEachTime ? Uint8Array.from(pin) : null;
  const sessionId = await loginOrThrow(context.card, reader.readerId, pin).catch((error: unknown) => {
    firstPin?.fill(0);
    throw error;
  });
  const gone = new AbortController();
  const stopWatching = context.card.onReadersChanged((readers) => {
    const isThere = readers.some(
      (one) => one.readerId === reader.readerId && one.token?.serial === reader.token?.serial,
    );
    if (!isThere) gone.abort(new AppError('card.removed'));
  });
  const algorithm = certificate.keyType === 'rsa' ? 'rsa-sha256' : 'ecdsa-sha256';
  const { certificateId } = certificate;
  let signatures = 0;

  function takeFirst(): Uint8Array | null {
    const taken = firstPin;
    firstPin = null;
    return taken;
  }

  async function signWithOwnPin(data: Uint8Array): Promise<Uint8Array> {
    signatures += 1;
    let given = takeFirst();
    let problem: AppError | null = null;
    for (;;) {
      if (given === null) {
        if (prompts === null) throw problem ?? new AppError('card.pinCancelled', { reason: 'pinEachTime' });
        const message = problem === null ? null : toErrorMessage(problem);
        given = await prompts.ask({ number: signatures, total: prompts.total, problem: message }, gone.signal);
      }
      try {
        return await context.card.sign({ sessionId, certificateId, algorithm, data, pin: given });
      } catch (error) {
        if (!(error instanceof AppError) || !worthAskingAgain.has(error.code)) throw error;
        problem = error;
        given = null;
      }
    }
  }

  return {
    signer: {
      certificate: certificate.der,
      chain: trustedCertificatesOf(getReferenceData(context)),
      algorithm,
      sign: (data) =>
        asksEachTime ? signWithOwnPin(data) : context.card.sign({ sessionId, certificateId, algorithm, data }),
    },
    cardQueue: certificate.alwaysAuthenticate ? 1 : 2,
    async close() {
      stopWatching();
      firstPin?.fill(0);
      await context.card.logout(sessionId);
    },
  };
}
