import { createHmac } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { CentreError } from '../centre-error.ts';
import { seal, unseal } from './aead.ts';
import type { DataKey } from './data-key.ts';

/** Where a value lies: in another row, column or table it does not open. */
export type Place = Readonly<{ table: string; column: string; row: readonly (string | number)[] }>;

export type TextCipher = Readonly<{
  seal(place: Place, text: string): Uint8Array;
  /** Throws `stored.damaged`. */
  open(place: Place, sealed: Uint8Array): string;
}>;

/** Text as the database keeps it. */
export type AtRest = Readonly<{
  bodies: TextCipher;
  columns: TextCipher;
  /** What the database finds a verification code by; it tells nothing of the code to who lacks the key. */
  lookUpOf(codeKey: string): string;
}>;

/** `onDamaged` hears of each value that does not open. */
export function createAtRest(dataKey: DataKey, onDamaged: () => void): AtRest {
  const codes = dataKey.derive('code look-up');
  return {
    bodies: createTextCipher(dataKey.derive('bodies'), onDamaged),
    columns: createTextCipher(dataKey.derive('columns'), onDamaged),
    lookUpOf: (codeKey) => createHmac('sha256', codes).update(codeKey).digest('hex'),
  };
}

function createTextCipher(key: KeyObject, onDamaged: () => void): TextCipher {
  return {
    seal: (place, text) => seal(key, contextOf(place), Buffer.from(text)),
    open(place, sealed) {
      const text = unseal(key, contextOf(place), sealed);
      if (text !== null) return text.toString();
      onDamaged();
      throw new CentreError('stored.damaged');
    },
  };
}

function contextOf({ table, column, row }: Place): Buffer {
  return Buffer.from(JSON.stringify([table, column, ...row]));
}
