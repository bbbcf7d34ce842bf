import { describe, expect, it } from 'vitest';
import type { ScannerQualification, SheetMeasurement } from '../contract/schemas/qualification.ts';
import { judgeMeasurement, standingOf } from './qualification-rules.ts';

const measurement: SheetMeasurement = {
  sheetId: '0F3A5B7C9D1E2F40',
  sheetVersion: 1,
  askedDpi: 300,
  dpiAcross: 300,
  dpiAlong: 300,
  skewDegrees: 2,
  shearDegrees: 0,
  bowMm: 0,
  samplingEfficiency: 1,
  mtf50: 3,
  noise: 0.5,
  deadLines: [],
  whiteLevel: 244,
  blackLevel: 24,
  gamma: 1,
  chroma: 1,
};

function failed(change: Partial<SheetMeasurement>): readonly string[] {
  return judgeMeasurement({ ...measurement, ...change }).flatMap(({ criterion, isPassed }) =>
    isPassed ? [] : criterion,
  );
}

describe('the limits of a measurement', () => {
  it.each([
    [{}, []],
    [{ dpiAcross: 302.4, dpiAlong: 302.4 }, []],
    [{ dpiAcross: 297, dpiAlong: 297 }, ['resolution']],
    [{ dpiAlong: 302.4 }, ['proportions']],
    [{ shearDegrees: -0.31 }, ['squareness']],
    [{ bowMm: 0.71 }, ['straightness']],
    [{ samplingEfficiency: 0.6 }, []],
    [{ samplingEfficiency: 0.59 }, ['sharpness']],
    [{ noise: 3.01 }, ['noise']],
    [{ whiteLevel: 193 }, ['contrast']],
    [{ gamma: 1.61 }, ['toneCurve']],
    [{ chroma: 8.01 }, ['colorCast']],
    [{ chroma: null }, []],
  ] as const)('%j fails %j', (change, criteria) => {
    expect(failed(change)).toEqual(criteria);
  });

  it('a grey capture has no figure of colour', () => {
    const criteria = judgeMeasurement({ ...measurement, chroma: null }).map(({ criterion }) => criterion);
    expect(criteria).not.toContain('colorCast');
    expect(criteria).toHaveLength(9);
  });
});

describe('how a device stands', () => {
  const at = '2026-11-01T10:00:00+01:00';
  const last = { verdict: 'passed', at } as ScannerQualification;
  const after = (days: number): Date => new Date(Date.parse(at) + days * 86_400_000);

  it('a check is good for as long as the profile says, or until the next one', () => {
    expect(standingOf(null, 30, after(0))).toBe('never');
    expect(standingOf(last, 30, after(30))).toBe('passed');
    expect(standingOf(last, 30, after(30.1))).toBe('expired');
    expect(standingOf(last, undefined, after(4000))).toBe('passed');
    expect(standingOf({ ...last, verdict: 'failed' }, 30, after(31))).toBe('failed');
  });
});
