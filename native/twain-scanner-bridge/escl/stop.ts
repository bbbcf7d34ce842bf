import type { ErrorCode } from '../../../core/contract/errors.ts';

/** Why a session with an eSCL device ended, as the helper says it, and what the officer is told. */
export const esclStops = {
  NO_DOCS: 'scanner.noDocuments',
  JAMMED: 'scanner.jam',
  DOUBLE_FEED: 'scanner.doubleFeed',
  COVER_OPEN: 'scanner.coverOpen',
  BUSY: 'scanner.busy',
  OFFLINE: 'scanner.offline',
  /** The device no longer answers in the middle of its work: the list of devices tells whether it has gone. */
  IO_ERROR: 'ioError',
  NO_MEM: 'scanner.outOfMemory',
  ACCESS_DENIED: 'scanner.accessDenied',
  UNTRUSTED: 'scanner.untrusted',
  EMPTY: 'scanner.imageEmpty',
  TRUNCATED: 'scanner.imageTruncated',
  REPEATED: 'scanner.pageRepeated',
  NOT_HONOURED: 'scanner.optionNotHonoured',
  TIMED_OUT: 'scanner.timedOut',
  CANCELLED: 'scanner.cancelled',
  /** Answers that are not eSCL, and faults that the device does not explain. */
  FAILED: 'scanner.failed',
} as const satisfies Record<string, ErrorCode | 'ioError'>;

export type EsclStatus = keyof typeof esclStops;

/** Ends a session. `option`: what exactly, in a few words for the log; nothing that a device wrote itself. */
export class EsclStop extends Error {
  readonly status: EsclStatus;
  readonly option: string;

  constructor(status: EsclStatus, option = '') {
    super(`${status} ${option}`);
    this.status = status;
    this.option = option;
  }
}

export function isEsclStatus(word: string): word is EsclStatus {
  return Object.hasOwn(esclStops, word);
}
