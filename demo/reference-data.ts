import type { KeyObject } from 'node:crypto';
import type { ReferenceData } from '../core/contract/schemas/reference.ts';
import { signScanProfile } from '../core/services/scan-profile-signature.ts';
import { calendars } from './reference-data/calendars.ts';
import { officers, offices } from './reference-data/officers.ts';
import { procedures } from './reference-data/procedures.ts';
import { scanProfiles } from './reference-data/scan-profiles.ts';
import { units } from './reference-data/units.ts';

/** Everything that the demonstration's centre signs and sends down, trusting the given PEM certificates. */
export function createReferenceData(trustAnchors: readonly string[], profileAdministrator: KeyObject): ReferenceData {
  return {
    officers: [...officers],
    offices: [...offices],
    units: [...units],
    procedures: [...procedures],
    calendars: [...calendars],
    scanProfiles: scanProfiles.map((profile) => signScanProfile(profile, profileAdministrator)),
    trustAnchors: [...trustAnchors],
  };
}
