import { AppError } from '../contract/errors.ts';
import type { MethodOutput } from '../contract/methods.ts';
import type { ScanProfile } from '../contract/schemas/scan-profile.ts';
import type { ServiceContext } from './context.ts';
import { getProfileInForce } from './scan-profiles.ts';
import { findScanner, requireFreeScanner } from './scanner-device.ts';

export type GlassPicture = MethodOutput<'scan.takePreview'>;

/**
 * The last look at the glass, until the window has taken it. It lives in memory only: it is no page of anything, and of what
 * was only looked at nothing is kept.
 */
export type PreviewShelf = Readonly<{
  put(jobId: string, picture: GlassPicture): void;
  /** Throws `job.notFound` where there is none, or no more. */
  take(jobId: string): GlassPicture;
  clear(): void;
}>;

export function createPreviewShelf(): PreviewShelf {
  let kept: Readonly<{ jobId: string; picture: GlassPicture }> | null = null;
  return {
    put(jobId, picture) {
      kept = { jobId, picture };
    },
    take(jobId) {
      if (kept?.jobId !== jobId) throw new AppError('job.notFound');
      const { picture } = kept;
      kept = null;
      return picture;
    },
    clear() {
      kept = null;
    },
  };
}

/**
 * Looks at what lies on the glass before it is scanned with this profile, of which only the source and whether colour matters
 * count here. Throws `scanner.noPreview` for a profile of the feeder, which would draw the paper in.
 */
export function startPreview(context: ServiceContext, profileId: string): string {
  context.officer();
  const profile = getProfileInForce(context, profileId);
  if (profile.source !== 'flatbed') throw new AppError('scanner.noPreview');
  requireFreeScanner(context);
  context.previews.clear();
  const jobId = context.jobs.start('preview', 'scanner', async ({ signal, report }) => {
    context.statusChanged();
    try {
      report({ phase: 'lookingAtGlass' });
      context.previews.put(jobId, await look(context, profile, signal));
    } finally {
      context.statusChanged();
    }
  });
  return jobId;
}

async function look(context: ServiceContext, profile: ScanProfile, signal: AbortSignal): Promise<GlassPicture> {
  const { deviceId } = await findScanner(context);
  const colorMode = profile.colorMode === 'color' ? 'color' : 'gray';
  const page = await context.scanner.preview({ deviceId, source: profile.source, colorMode, signal });
  const bytes = await context.imaging.showGlass(page);
  if (signal.aborted) throw new AppError('request.cancelled');
  const toMm = (pixels: number) => (pixels / page.dpi) * 25.4;
  return {
    bytes,
    glassMm: { width: toMm(page.widthPixels), height: toMm(page.heightPixels) },
    scannedMm: profile.areaMm,
  };
}
