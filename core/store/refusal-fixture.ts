import { randomUUID } from 'node:crypto';
import type { Refusal } from '../contract/schemas/verification.ts';
import { sha256Hex } from './store-fixture.ts';

export function refusalFixture(change: Partial<Refusal> = {}): Refusal {
  return {
    refusalId: randomUUID(),
    at: '2026-11-20T10:45:00+01:00',
    officerId: 'F-1',
    officerName: 'Ana García',
    attentionId: null,
    fileName: 'archivo.pdf',
    sha256: sha256Hex('archivo'),
    byteLength: 10,
    grounds: 'executable',
    verification: null,
    pdfDigest: sha256Hex('pdf'),
    sealedBy: 'nobody',
    ...change,
  };
}
