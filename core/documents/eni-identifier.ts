import { createHash } from 'node:crypto';
import { AppError } from '../contract/errors.ts';
import { officialYear } from '../domain/official-time.ts';

const uniqueLength = 30;
const uniquePrefix = 'VEN';

/**
 * `ES_<órgano>_<AAAA>_<30 characters>` (NTI de Documento Electrónico, annex I). `bodyCode`: DIR3; `capturedAt`: its official
 * year is taken; `documentId`: unique identifier of ours, from which the 30 characters are derived, so that the same
 * document always has the same one. Throws AppError `identifier.invalid`.
 */
export function makeEniIdentifier(bodyCode: string, capturedAt: Date, documentId: string): string {
  return `ES_${checkedBody(bodyCode)}_${officialYear(capturedAt)}_${uniquePart(documentId)}`;
}

export function isEniIdentifier(text: string): boolean {
  return /^ES_[A-Z0-9]{9}_\d{4}_[A-Za-z0-9-]{30}$/.test(text);
}

function checkedBody(bodyCode: string): string {
  if (!/^[A-Z0-9]{9}$/.test(bodyCode)) throw new AppError('identifier.invalid', { what: 'dir3' });
  return bodyCode;
}

// 27 base-36 signs carry 139 bits of the digest: as unique as the identifier that it is taken from.
function uniquePart(id: string): string {
  if (id === '') throw new AppError('identifier.invalid', { what: 'documentId' });
  const digest = BigInt(`0x${createHash('sha256').update(id).digest('hex')}`);
  const length = uniqueLength - uniquePrefix.length;
  return uniquePrefix + (digest % 36n ** BigInt(length)).toString(36).toUpperCase().padStart(length, '0');
}
