import { randomUUID } from 'node:crypto';
import type { ScannerQualification } from '../contract/schemas/qualification.ts';
import { sha256Hex } from './store-fixture.ts';

export function qualificationFixture(change: Partial<ScannerQualification> = {}): ScannerQualification {
  return {
    qualificationId: randomUUID(),
    at: '2026-11-20T10:45:00+01:00',
    officerId: 'F-1',
    officerName: 'Ana García',
    device: { driver: 'sane', maker: 'Fabricante', model: 'M-1', serial: null, connection: 'usb 1-2' },
    profile: { id: 'texto-color', version: 1, digest: sha256Hex('perfil'), title: 'Texto con color' },
    sheets: [
      {
        side: 'front',
        rawSha256: sha256Hex('captura'),
        measurement: {
          sheetId: '0F3A5B7C9D1E2F40',
          sheetVersion: 1,
          askedDpi: 300,
          dpiAcross: 300.1,
          dpiAlong: 299.9,
          skewDegrees: -0.2,
          shearDegrees: 0.01,
          bowMm: 0.05,
          samplingEfficiency: 0.9,
          mtf50: 3.2,
          noise: 0.8,
          deadLines: [],
          whiteLevel: 244,
          blackLevel: 25,
          gamma: 0.98,
          chroma: 1.5,
        },
        results: [{ criterion: 'resolution', value: 0, limit: 0.8, rule: 'atMost', isPassed: true }],
      },
    ],
    verdict: 'passed',
    ...change,
  };
}
