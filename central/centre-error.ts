/** Everything that the centre refuses, with its HTTP status. Sent as centreErrorSchema: for logs, never for a person. */
const refusals = {
  'request.invalid': [400, 'The request is not what this address takes.'],
  'request.tooLarge': [413, 'The request is too large.'],
  'request.tooSlow': [408, 'The request took too long to arrive.'],
  'request.headersTooLarge': [431, 'The headers of the request are too large.'],
  'request.tooMany': [429, 'Too many requests; wait and send again.'],
  'request.notFound': [404, 'Nothing is at this address.'],
  'authentication.missing': [401, 'The request is not signed.'],
  'authentication.deskUnknown': [401, 'No desk with this identifier is enrolled.'],
  'authentication.time': [401, 'The time of the request is off by more than ten minutes.'],
  'authentication.signature': [401, 'The signature does not fit the request.'],
  'authentication.replayed': [401, 'This request was received before.'],
  'enrolment.code': [403, 'The enrolment code is unknown, used, expired, or of another desk.'],
  'enrolment.year': [400, 'The year is neither this one nor the next.'],
  'enrolment.deskKnown': [409, 'This desk identifier is enrolled already.'],
  'enrolment.recovery': [403, 'The recovery key of a known desk was named without the proof of holding it.'],
  'enrolment.epochs': [409, 'Every epoch of this desk and year was granted.'],
  'desk.revoked': [403, 'The desk was withdrawn: only what it registered is taken.'],
  'series.notFound': [404, 'This office has no such series.'],
  'series.otherDesk': [403, 'The series was granted to another desk.'],
  'entry.order': [400, 'The entries are not of this series, in order and without gaps.'],
  'entry.hash': [400, 'The hash of an entry does not fit its body.'],
  'blob.notFound': [404, 'No accepted entry of this office names this file.'],
  'audit.signature': [400, 'The signature does not fit the checkpoint.'],
  'audit.otherDesk': [403, 'The store is that of another desk.'],
  'feed.token': [401, 'The token is unknown or revoked.'],
  'exchange.notFound': [404, 'This office has no such exchange, or no such receipted record.'],
  'exchange.state': [409, 'The exchange does not stand where this could be done.'],
  'exchange.filesMissing': [409, 'A file of the record has not come yet.'],
  'exchange.message': [500, 'The message of the record cannot be sent to another registry.'],
  'reference.none': [404, 'No reference data were published.'],
  'reference.noDelta': [404, 'No changes lead from that version to the newest: ask for the whole.'],
  'seal.absent': [404, 'This centre has no seal in force.'],
  'seal.notDue': [403, 'No receipt of this office waits for the seal of the centre under this digest.'],
  'seal.attributes': [400, 'These are not the signed attributes of a document signature with the seal.'],
  'stored.damaged': [500, 'Something that the centre keeps was altered.'],
  'centre.unavailable': [503, 'The centre cannot work at the moment.'],
  'centre.unexpected': [500, 'The centre failed.'],
} as const satisfies Readonly<Record<string, readonly [number, string]>>;

export type CentreErrorCode = keyof typeof refusals;

export class CentreError extends Error {
  readonly code: CentreErrorCode;
  readonly status: number;

  constructor(code: CentreErrorCode, options: { cause?: unknown } = {}) {
    const [status, message] = refusals[code];
    super(message, options);
    this.name = 'CentreError';
    this.code = code;
    this.status = status;
  }
}
