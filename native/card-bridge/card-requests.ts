import { z } from 'zod';
import type { CardRequest } from '../../core/devices/card/card-messages.ts';

const requestId = z.int().nonnegative();
const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array);
const pin = bytes.nullable();

/** What this process takes from its parent; anything else is dropped. */
export const cardRequestSchema: z.ZodType<CardRequest> = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('load'),
    path: z.string().min(1),
    environment: z.record(z.string(), z.string()),
    watch: z.enum(['readers', 'poll']),
  }),
  z.strictObject({ type: z.literal('list'), requestId }),
  z.strictObject({ type: z.literal('login'), requestId, readerId: z.string(), pin }),
  z.strictObject({
    type: z.literal('sign'),
    requestId,
    sessionId: z.string(),
    certificateId: z.string(),
    algorithm: z.enum(['rsa-sha256', 'rsa-sha384', 'rsa-sha512', 'ecdsa-sha256', 'ecdsa-sha384', 'ecdsa-sha512']),
    data: bytes,
    pin,
  }),
  z.strictObject({ type: z.literal('logout'), requestId, sessionId: z.string() }),
]);
