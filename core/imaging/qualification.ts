import type { SheetMeasurement } from '../contract/schemas/qualification.ts';
import { AppError } from '../contract/errors.ts';
import type { RawPage } from '../services/ports/scanner.ts';
import { mmPerInch } from './gray-image.ts';
import { bowOf, findSheet, shearOf, skewOf } from './qualification-geometry.ts';
import { findDeadLines, withoutLines } from './qualification-lines.ts';
import { channelOf, scalesOf } from './qualification-plane.ts';
import { measureSharpness } from './qualification-sharpness.ts';
import { measureChroma, measureTones } from './qualification-tones.ts';
import { checkRawPage } from './raw-page.ts';

/**
 * Measures a scanner on a raw capture of the test sheet, before anything was done to it. Deterministic: the same samples
 * give the same figures.
 * @param askedDpi resolution of the profile, which the driver may have read back and still not kept
 * @returns null when there is no test sheet in the capture
 * @throws AppError `qualification.sheetAskew`, `qualification.sheetUnusable`, and those of an image that is none
 */
export async function measureTestSheet(page: RawPage, askedDpi: number): Promise<SheetMeasurement | null> {
  checkRawPage(page);
  const whole = channelOf(page, 'gray');
  const sheet = await findSheet(whole);
  if (sheet === null) return null;
  const { map } = sheet;
  const lines = findDeadLines(whole, map);
  const gray = withoutLines(whole, lines);
  const sharpness = measureSharpness(gray, map);
  if (sharpness === null) throw new AppError('qualification.sheetUnusable');
  const tones = measureTones(gray, map);
  const chroma =
    page.colorMode === 'color'
      ? measureChroma(
          { red: channelOf(page, 'red'), green: channelOf(page, 'green'), blue: channelOf(page, 'blue') },
          map,
        )
      : null;
  const { across, along } = scalesOf(map);
  return {
    sheetId: sheet.sheetId,
    sheetVersion: sheet.version,
    askedDpi,
    dpiAcross: rounded(across * mmPerInch, 2),
    dpiAlong: rounded(along * mmPerInch, 2),
    skewDegrees: rounded(skewOf(map), 3),
    shearDegrees: rounded(shearOf(map), 3),
    bowMm: rounded(bowOf(sheet), 3),
    samplingEfficiency: rounded(sharpness.mtf10 / 0.5, 3),
    mtf50: rounded(sharpness.mtf50 * Math.min(across, along), 2),
    noise: rounded(tones.noise, 2),
    deadLines: lines.map(({ kind, atMm, widthMm, levels }) => ({ kind, atMm, widthMm, levels })),
    whiteLevel: rounded(tones.whiteLevel, 1),
    blackLevel: rounded(tones.blackLevel, 1),
    gamma: rounded(tones.gamma, 3),
    chroma: chroma === null ? null : rounded(chroma, 2),
  };
}

function rounded(value: number, digits: number): number {
  const factor = 10 ** digits;
  return Math.round(value * factor) / factor;
}
