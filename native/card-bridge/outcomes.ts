import { AppError } from '../../core/contract/errors.ts';
import type { LoginOutcome, PinState } from '../../core/services/ports/card.ts';
import { CryptokiError, result } from './cryptoki.ts';

/**
 * What the answer of C_Login means to a person. `readState` is asked only after a wrong PIN. `isTimedOut`: the keys of a
 * reader were waited for as long as it waits. Throws `card.failed`.
 */
export function pinOutcome(value: number, readState: () => PinState, isTimedOut = false): LoginOutcome {
  switch (value) {
    case result.pinIncorrect:
    case result.pinInvalid: {
      const state = readState();
      if (state.level === 'locked') return { outcome: 'locked' };
      return { outcome: 'incorrect', triesLeft: state.triesLeft, isLastTry: state.level === 'lastTry' };
    }
    case result.pinLengthRange:
      return { outcome: 'invalidLength' };
    case result.pinExpired:
      return { outcome: 'expired' };
    case result.pinLocked:
      return { outcome: 'locked' };
    case result.cancel:
    case result.functionCanceled:
    case result.functionRejected:
      return { outcome: isTimedOut ? 'timedOut' : 'cancelled' };
    case result.deviceRemoved:
    case result.tokenNotPresent:
      return { outcome: 'removed' };
    case result.sessionCount:
    case result.userAnotherAlreadyLoggedIn:
      return { outcome: 'busy' };
    default:
      throw new AppError('card.failed', {}, { cause: new CryptokiError(value, 'C_Login') });
  }
}

/** The same for a signature, whose PIN (where the key wants one each time) can fail in all the same ways. */
export function signatureFailure(
  value: number,
  readState: () => PinState,
  cause: unknown,
  isTimedOut = false,
): AppError {
  if (value === result.userNotLoggedIn) return new AppError('card.pinCancelled', { reason: 'pinEachTime' }, { cause });
  try {
    const outcome = pinOutcome(value, readState, isTimedOut);
    switch (outcome.outcome) {
      case 'ok':
        return new AppError('card.failed', {}, { cause });
      case 'incorrect': {
        const details = outcome.triesLeft === null ? {} : { triesLeft: outcome.triesLeft };
        return new AppError(outcome.isLastTry ? 'card.pinLastTry' : 'card.pinIncorrect', details, { cause });
      }
      case 'cancelled':
        return new AppError('card.pinCancelled', {}, { cause });
      case 'timedOut':
        return new AppError('card.pinTimedOut', {}, { cause });
      case 'locked':
        return new AppError('card.pinLocked', {}, { cause });
      case 'expired':
        return new AppError('card.pinExpired', {}, { cause });
      case 'removed':
        return new AppError('card.removed', {}, { cause });
      case 'busy':
        return new AppError('card.busy', {}, { cause });
      case 'moduleCrashed':
        return new AppError('card.moduleCrashed', {}, { cause });
      case 'invalidLength':
        return new AppError('card.pinLength', {}, { cause });
    }
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}
