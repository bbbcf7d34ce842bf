import type { ScanProfile } from '../contract/schemas/scan-profile.ts';

type Quality = Pick<ScanProfile, 'dpi' | 'colorMode' | 'documentTypes'>;

const depths = { bitonal: 1, gray: 2, color: 3 } as const;

/**
 * The profile that its administrator made for a document type (ordinance art. 54.4.a), where another was used that captures less: fewer
 * dots or fewer colours. More than what is asked is no fault.
 */
export function wantedProfileOf<Profile extends Quality>(
  profiles: readonly Profile[],
  used: Quality | undefined,
  documentType: string,
): Profile | null {
  const meant = profiles.filter(({ documentTypes }) => documentTypes?.includes(documentType));
  if (used === undefined || used.documentTypes?.includes(documentType)) return null;
  const isEnough = meant.some(({ dpi, colorMode }) => used.dpi >= dpi && depths[used.colorMode] >= depths[colorMode]);
  return isEnough ? null : (meant[0] ?? null);
}
