import { z } from 'zod';
import { errorCodes } from '../../contract/errors.ts';
import type { LoginOutcome, SignatureAlgorithm } from '../../services/ports/card.ts';

/** From the services to one card bridge. The bridge validates what it receives (native/card-bridge). */
export type CardRequest =
  /** The first message: the one module that this process loads, and the environment that it must find. */
  | Readonly<{ type: 'load'; path: string; environment: Readonly<Record<string, string>>; watch: CardWatch }>
  | Readonly<{ type: 'list'; requestId: number }>
  | Readonly<{ type: 'login'; requestId: number; readerId: string; pin: Uint8Array | null }>
  | Readonly<{
      type: 'sign';
      requestId: number;
      sessionId: string;
      certificateId: string;
      algorithm: SignatureAlgorithm;
      data: Uint8Array;
      pin: Uint8Array | null;
    }>
  | Readonly<{ type: 'logout'; requestId: number; sessionId: string }>;

/** How changes are noticed: `readers` waits on the system's PC/SC, `poll` asks the module (tokens without a reader). */
export type CardWatch = 'readers' | 'poll';

const requestId = z.int().nonnegative();
const text = z.string().max(256);
const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array);
const certificate = z.strictObject({
  certificateId: z
    .string()
    .regex(/^([0-9a-f]{2})*$/u)
    .max(512),
  label: text,
  der: bytes,
  hasPrivateKey: z.boolean(),
  keyType: z.enum(['rsa', 'ec']),
  alwaysAuthenticate: z.boolean(),
});
const pinState = z.strictObject({
  level: z.enum(['ok', 'low', 'lastTry', 'locked', 'notInitialized']),
  triesLeft: z.int().nonnegative().max(255).nullable(),
  minLength: z.int().nonnegative(),
  maxLength: z.int().nonnegative(),
});
const reader = z.strictObject({
  readerId: text.min(1),
  readerName: text,
  moduleName: text,
  state: z.enum(['empty', 'present', 'unreadable']),
  hasPinPad: z.boolean(),
  token: z.strictObject({ label: text, serial: text, pinState, certificates: z.array(certificate).max(64) }).nullable(),
  /** Answer to reset in hexadecimal where PC/SC tells it: it decides which module a card belongs to. */
  answerToReset: z
    .string()
    .regex(/^[0-9A-F]*$/u)
    .max(72),
});
const readers = z.array(reader).max(64);
const outcome = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('ok'), sessionId: text.min(1) }),
  z.strictObject({
    outcome: z.literal('incorrect'),
    triesLeft: z.int().nonnegative().max(255).nullable(),
    isLastTry: z.boolean(),
  }),
  z.strictObject({
    outcome: z.enum([
      'cancelled',
      'timedOut',
      'locked',
      'expired',
      'removed',
      'busy',
      'moduleCrashed',
      'invalidLength',
    ]),
  }),
]) satisfies z.ZodType<LoginOutcome>;
const failure = z.strictObject({
  code: z.enum(errorCodes),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  supportNumber: z.string().max(16),
});

/** From a card bridge to the services. */
export const cardEventSchema = z.discriminatedUnion('type', [
  /** By itself after loading, an insertion, a removal, a new reader, and whenever a PIN or a signature taught something. */
  z.strictObject({ type: z.literal('readers'), readers }),
  z.strictObject({ type: z.literal('listed'), requestId, readers }),
  /** A reader waits for a PIN on its own keys, so many seconds; null: it has ended. The request's time stands still. */
  z.strictObject({
    type: z.literal('pinPad'),
    requestId,
    readerName: text,
    seconds: z.int().positive().max(600).nullable(),
  }),
  z.strictObject({ type: z.literal('loggedIn'), requestId, outcome }),
  z.strictObject({ type: z.literal('signed'), requestId, signature: bytes }),
  z.strictObject({ type: z.literal('loggedOut'), requestId }),
  z.strictObject({ type: z.literal('failed'), requestId, failure }),
  /** The module cannot be loaded: this process stays, answers every request with `card.moduleMissing` and lists nothing. */
  z.strictObject({ type: z.literal('moduleMissing'), diagnosis: z.string().max(1024) }),
]);

export type CardEvent = z.infer<typeof cardEventSchema>;
export type BridgeReader = z.infer<typeof reader>;
