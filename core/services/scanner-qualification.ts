import { randomBytes, randomUUID } from 'node:crypto';
import { AppError } from '../contract/errors.ts';
import type { ScannerQualification } from '../contract/schemas/qualification.ts';
import type { ScanProfile } from '../contract/schemas/scan-profile.ts';
import { formatOfficialInstant } from '../domain/official-time.ts';
import { judgeMeasurement } from '../domain/qualification-rules.ts';
import { buildTestSheetPdf } from '../documents/test-sheet.ts';
import { getOffice } from './context.ts';
import type { ServiceContext } from './context.ts';
import type { JobReport } from './jobs.ts';
import { fullNameOfOfficer } from './officer-session.ts';
import type { ScannerDevice } from './ports/scanner.ts';
import { getProfileInForce } from './scan-profiles.ts';
import { checkCapture, findScanner, identityOf, requireFreeScanner } from './scanner-device.ts';

/** Front and back of one sheet, or of two where both sides of the scanner are tried with sheets printed on one. */
const mostSides = 4;

/** Makes a test sheet of its own number, and returns the digest of its PDF. */
export async function makeTestSheet(context: ServiceContext): Promise<string> {
  context.officer();
  const pdf = buildTestSheetPdf(
    {
      sheetId: randomBytes(8).toString('hex').toUpperCase(),
      officeName: getOffice(context).name,
      createdAt: formatOfficialInstant(context.clock.now()),
    },
    context.assets,
  );
  return context.desk().blobs.put(pdf, 'application/pdf');
}

/** Scans the test sheet with a locked profile, measures the raw captures and keeps what the scanner came to. */
export function startQualification(context: ServiceContext, profileId: string): string {
  context.officer();
  const profile = getProfileInForce(context, profileId);
  requireFreeScanner(context);
  return context.jobs.start('qualify', 'scanner', async ({ signal, report }) => {
    context.statusChanged();
    try {
      await qualify(context, profile, signal, report);
    } finally {
      context.statusChanged();
    }
  });
}

async function qualify(
  context: ServiceContext,
  profile: ScanProfile,
  signal: AbortSignal,
  report: (report: JobReport) => void,
): Promise<void> {
  report({ phase: 'waitingForScanner' });
  const device = await findScanner(context);
  const sheets = await measureSheets(context, device, profile, signal, report);
  const { officer } = context.officer();
  const failed = sheets.flatMap(({ results }) => results).filter(({ isPassed }) => !isPassed);
  const qualification: ScannerQualification = {
    qualificationId: randomUUID(),
    at: formatOfficialInstant(context.clock.now()),
    officerId: officer.officerId,
    officerName: fullNameOfOfficer(officer),
    device: identityOf(device),
    profile: { id: profile.id, version: profile.version, digest: profile.digest, title: profile.title },
    sheets: [...sheets],
    verdict: failed.length === 0 ? 'passed' : 'failed',
  };
  context.desk().store.addQualification(qualification, {
    action: 'scanner.qualified',
    officerId: officer.officerId,
    subjectId: qualification.qualificationId,
    details: {
      driver: device.driver,
      maker: device.maker,
      model: device.model,
      ...(device.serial === null ? { connection: device.connection } : { serial: device.serial }),
      profileId: profile.id,
      profileVersion: profile.version,
      verdict: qualification.verdict,
      failed: [...new Set(failed.map(({ criterion }) => criterion))].join(','),
    },
  });
}

async function measureSheets(
  context: ServiceContext,
  device: ScannerDevice,
  profile: ScanProfile,
  signal: AbortSignal,
  report: (report: JobReport) => void,
): Promise<ScannerQualification['sheets']> {
  // A threshold would hide the sensor: what is black and white is tried in greys.
  const tried: ScanProfile = profile.colorMode === 'bitonal' ? { ...profile, colorMode: 'gray' } : profile;
  const sheets: ScannerQualification['sheets'] = [];
  let sides = 0;
  for await (const event of context.scanner.scan({ deviceId: device.deviceId, profile: tried, signal })) {
    if (event.type === 'pageStarted') report({ phase: 'scanning' });
    if (event.type === 'stopped') throw new AppError(signal.aborted ? 'request.cancelled' : event.code);
    if (event.type !== 'page') continue;
    report({ phase: 'measuring' });
    const { page } = event;
    checkCapture(page, tried);
    const measurement = await context.imaging.measureSheet(page, profile.dpi, signal);
    if (measurement !== null) {
      const side = profile.source === 'feederDuplex' && page.sequence % 2 === 0 ? 'back' : 'front';
      sheets.push({ side, rawSha256: page.sha256, measurement, results: [...judgeMeasurement(measurement)] });
    }
    sides += 1;
    if (sides === mostSides) break;
  }
  if (signal.aborted) throw new AppError('request.cancelled');
  if (sheets.length === 0) throw new AppError('qualification.sheetNotFound');
  return sheets;
}
