import { AppError } from '../contract/errors.ts';
import type { ReferenceData } from '../contract/schemas/reference.ts';
import type { ScanProfile } from '../contract/schemas/scan-profile.ts';
import { getReferenceData } from './context.ts';
import type { ServiceContext } from './context.ts';
import { isProfileInForce } from './scan-profile-signature.ts';

/** Signatures are verified once for each version of the reference data, which is one object for as long as it lasts. */
const known = new WeakMap<ReferenceData, readonly ScanProfile[]>();

/** The locked profiles that may be used; one that is not as its administrator signed it is left out. */
export function listProfilesInForce(context: ServiceContext): readonly ScanProfile[] {
  const reference = getReferenceData(context);
  const kept = known.get(reference);
  if (kept !== undefined) return kept;
  const { profileAdministrators } = context.configuration;
  const inForce = reference.scanProfiles.filter((profile) => isProfileInForce(profile, profileAdministrators));
  for (const { id } of reference.scanProfiles.filter((profile) => !inForce.includes(profile)))
    context.log.error('scanProfile.refused', new AppError('profile.invalid', { id }));
  known.set(reference, inForce);
  return inForce;
}

/** Throws `profile.invalid` where there is none of that id in force. */
export function getProfileInForce(context: ServiceContext, id: string): ScanProfile {
  const profile = listProfilesInForce(context).find((candidate) => candidate.id === id);
  if (profile === undefined) throw new AppError('profile.invalid', { id });
  return profile;
}
