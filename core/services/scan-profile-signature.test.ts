import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { ScanProfile } from '../contract/schemas/scan-profile.ts';
import { scanProfileSchema } from '../contract/schemas/scan-profile.ts';
import { isProfileInForce, publicKeyOf, signScanProfile } from './scan-profile-signature.ts';
import type { UnsignedScanProfile } from './scan-profile-signature.ts';

const administrator = generateKeyPairSync('ed25519');
const stranger = generateKeyPairSync('ed25519');
const keys = [publicKeyOf(administrator.publicKey)];
const fields: UnsignedScanProfile = {
  id: 'acuse',
  version: 2,
  title: 'Acuse de recibo, 200 ppp',
  source: 'feeder',
  dpi: 200,
  colorMode: 'bitonal',
  areaMm: { width: 216, height: 304 },
  image: {
    straighten: true,
    crop: true,
    turnUpright: true,
    background: 'threshold',
    dropBlankSides: true,
    jpegQuality: 75,
  },
  documentTypes: ['TD09'],
};
const profile = signScanProfile(fields, administrator.privateKey);

describe('a locked scan profile', () => {
  it('is in force as it was signed, also after it has been JSON', () => {
    expect(scanProfileSchema.parse(profile)).toEqual(profile);
    expect(isProfileInForce(profile, keys)).toBe(true);
    expect(isProfileInForce(scanProfileSchema.parse(JSON.parse(JSON.stringify(profile))), keys)).toBe(true);
    expect(isProfileInForce(profile, ['x', ...keys])).toBe(true);
  });

  it.each<[string, ScanProfile]>([
    ['another resolution', { ...profile, dpi: 150 }],
    ['another treatment', { ...profile, image: { ...profile.image, background: 'keep' } }],
    ['another version', { ...profile, version: 3 }],
    ['other document types', { ...profile, documentTypes: ['TD99'] }],
    ['a longer time between checks', { ...profile, qualificationDays: 3650 }],
  ])('is not with %s, whatever the desk asks for', (_, changed) => {
    expect(isProfileInForce(changed, keys)).toBe(false);
    expect(isProfileInForce(changed, [])).toBe(false);
  });

  it('is not when somebody else signed it, or nobody', () => {
    const foreign = signScanProfile({ ...fields, dpi: 300 }, stranger.privateKey);
    expect(isProfileInForce(foreign, keys)).toBe(false);
    const claimed = { ...foreign, signature: { key: keys[0] ?? '', value: foreign.signature?.value ?? '' } };
    expect(isProfileInForce(claimed, keys)).toBe(false);
    const { signature: _signature, ...unsigned } = profile;
    expect(isProfileInForce(unsigned, keys)).toBe(false);
    expect(isProfileInForce({ ...profile, signature: { key: 'x', value: 'x' } }, ['x'])).toBe(false);
  });

  it('needs no administrator where the desk knows none: the centre has signed it with everything else', () => {
    const { signature: _signature, ...unsigned } = profile;
    expect(isProfileInForce(unsigned, [])).toBe(true);
  });
});
