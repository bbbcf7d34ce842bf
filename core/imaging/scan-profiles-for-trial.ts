import type { ScanProfile } from '../contract/schemas/scan-profile.ts';

type Trial = Pick<ScanProfile, 'id' | 'title' | 'dpi' | 'colorMode'> &
  Readonly<{ background: ScanProfile['image']['background'] }>;

/** Profiles of the ministry's digitisation guide (2019, figure 1), to try the optimiser on a file. A desk's come signed. */
const trials: readonly Trial[] = [
  { id: 'text', title: 'Texto en blanco y negro', dpi: 300, colorMode: 'color', background: 'threshold' },
  { id: 'gray', title: 'Texto con poco contraste', dpi: 300, colorMode: 'gray', background: 'whiten' },
  { id: 'color', title: 'Texto con color relevante', dpi: 300, colorMode: 'color', background: 'whiten' },
  { id: 'photo', title: 'Fotografía', dpi: 300, colorMode: 'color', background: 'keep' },
];

/** Finds a profile to try the optimiser with; null when there is none of that id. */
export function findTrialProfile(id: string): ScanProfile | null {
  const trial = trials.find((candidate) => candidate.id === id);
  if (trial === undefined) return null;
  const { background, ...rest } = trial;
  return {
    ...rest,
    version: 1,
    source: 'feeder',
    areaMm: { width: 216, height: 356 },
    image: { straighten: true, crop: true, turnUpright: true, background, dropBlankSides: true, jpegQuality: 75 },
    // Not a signed profile: no copy can name it.
    digest: '0'.repeat(64),
  };
}
