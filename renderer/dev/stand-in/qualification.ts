import type { CriterionResult, ScannerQualification } from '../../../core/contract/schemas/qualification.ts';
import { officer } from './samples.ts';

const figures: readonly Omit<CriterionResult, 'isPassed'>[] = [
  { criterion: 'resolution', value: 0.12, limit: 0.8, rule: 'atMost' },
  { criterion: 'proportions', value: 0.08, limit: 0.6, rule: 'atMost' },
  { criterion: 'squareness', value: 0.04, limit: 0.3, rule: 'atMost' },
  { criterion: 'straightness', value: 0.11, limit: 0.7, rule: 'atMost' },
  { criterion: 'sharpness', value: 82.4, limit: 60, rule: 'atLeast' },
  { criterion: 'noise', value: 0.85, limit: 3, rule: 'atMost' },
  { criterion: 'lines', value: 0, limit: 0, rule: 'atMost' },
  { criterion: 'contrast', value: 214.5, limit: 170, rule: 'atLeast' },
  { criterion: 'toneCurve', value: 0.93, limit: 1.6, rule: 'atMost' },
  { criterion: 'colorCast', value: 2.31, limit: 8, rule: 'atMost' },
];

/** A scanner with two dirty spots on its glass, or a clean one. */
export function makeQualification(profileId: string, at: string, isDirty: boolean): ScannerQualification {
  return {
    qualificationId: crypto.randomUUID(),
    at,
    officerId: officer.officerId,
    officerName: officer.fullName,
    device: {
      driver: 'sane',
      maker: 'Ventanilla',
      model: 'Escáner de demostración',
      serial: 'S-0042',
      connection: null,
    },
    profile: { id: profileId, version: 3, digest: '0'.repeat(64), title: 'Texto con color' },
    sheets: [
      {
        side: 'front',
        rawSha256: '0'.repeat(64),
        measurement: {
          sheetId: '0F3A5B7C9D1E2F40',
          sheetVersion: 1,
          askedDpi: 300,
          dpiAcross: 300.4,
          dpiAlong: 300.2,
          skewDegrees: 0.3,
          shearDegrees: 0.04,
          bowMm: 0.11,
          samplingEfficiency: 0.824,
          mtf50: 3.1,
          noise: 0.85,
          deadLines: isDirty
            ? [
                { kind: 'dark', atMm: 86.2, widthMm: 0.2, levels: 120 },
                { kind: 'light', atMm: 143.7, widthMm: 0.1, levels: 40 },
              ]
            : [],
          whiteLevel: 243,
          blackLevel: 28.5,
          gamma: 0.93,
          chroma: 2.31,
        },
        results: figures.map((figure) => {
          const isLines = figure.criterion === 'lines' && isDirty;
          return { ...figure, value: isLines ? 2 : figure.value, isPassed: !isLines };
        }),
      },
    ],
    verdict: isDirty ? 'failed' : 'passed',
  };
}
