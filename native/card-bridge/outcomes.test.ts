import { expect, test } from 'vitest';
import type { PinState } from '../../core/services/ports/card.ts';
import { result } from './cryptoki.ts';
import { pinOutcome, signatureFailure } from './outcomes.ts';
import { encodeEcdsa } from './signature-input.ts';

const state = (level: PinState['level'], triesLeft: number | null) => (): PinState => ({
  level,
  triesLeft,
  minLength: 4,
  maxLength: 8,
});

test.each([
  [result.pinIncorrect, 'low', 2, { outcome: 'incorrect', triesLeft: 2, isLastTry: false }, 'card.pinIncorrect'],
  [result.pinIncorrect, 'lastTry', 1, { outcome: 'incorrect', triesLeft: 1, isLastTry: true }, 'card.pinLastTry'],
  [result.pinIncorrect, 'locked', 0, { outcome: 'locked' }, 'card.pinLocked'],
  [result.pinLocked, 'locked', 0, { outcome: 'locked' }, 'card.pinLocked'],
  [result.pinExpired, 'ok', null, { outcome: 'expired' }, 'card.pinExpired'],
  [result.pinLengthRange, 'ok', null, { outcome: 'invalidLength' }, 'card.pinLength'],
  [result.functionCanceled, 'ok', null, { outcome: 'cancelled' }, 'card.pinCancelled'],
  [result.functionRejected, 'ok', null, { outcome: 'cancelled' }, 'card.pinCancelled'],
  [result.deviceRemoved, 'ok', null, { outcome: 'removed' }, 'card.removed'],
  [result.userAnotherAlreadyLoggedIn, 'ok', null, { outcome: 'busy' }, 'card.busy'],
] as const)('0x%s with a PIN that is %s', (value, level, triesLeft, outcome, code) => {
  expect(pinOutcome(value, state(level, triesLeft))).toEqual(outcome);
  expect(signatureFailure(value, state(level, triesLeft), null).code).toBe(code);
});

test('an answer that means nothing to a person is a failure, not an outcome', () => {
  expect(() => pinOutcome(result.generalError, state('ok', null))).toThrow('card.failed');
  expect(signatureFailure(result.generalError, state('ok', null), null).code).toBe('card.failed');
});

test('r and s become the shortest INTEGERs, positive ones', () => {
  const raw = Buffer.from('0000000000000080' + '0000000000000001', 'hex');
  expect(Buffer.from(encodeEcdsa(raw)).toString('hex')).toBe('300702020080020101');
});
