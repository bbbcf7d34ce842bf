import { describe, expect, it } from 'vitest';
import { isInstalled } from './set-up.mjs';

const zod = { version: '4.6.7', integrity: 'sha512-zod' };
const forWindows = { version: '1.0.0', integrity: 'sha512-win', optional: true };
const lock = { packages: { '': { version: '0.1.0' }, 'node_modules/zod': zod, 'node_modules/win': forWindows } };

describe('whether the npm packages are those of the lock file', () => {
  it('yes, without the packages of other platforms', () => {
    expect(isInstalled(lock, { packages: { 'node_modules/zod': zod } })).toBe(true);
    expect(isInstalled(lock, { packages: { 'node_modules/zod': zod, 'node_modules/win': forWindows } })).toBe(true);
  });

  it('yes, with a package of this platform that the lock file does not know', () => {
    expect(isInstalled(lock, { packages: { 'node_modules/zod': zod, 'node_modules/mac': forWindows } })).toBe(true);
  });

  it('no, when there are none, one is missing, differs, or is too many', () => {
    expect(isInstalled(lock, null)).toBe(false);
    expect(isInstalled(lock, { packages: {} })).toBe(false);
    expect(isInstalled(lock, { packages: { 'node_modules/zod': { ...zod, version: '4.6.6' } } })).toBe(false);
    expect(isInstalled(lock, { packages: { 'node_modules/zod': { ...zod, integrity: 'sha512-other' } } })).toBe(false);
    expect(isInstalled(lock, { packages: { 'node_modules/zod': zod, 'node_modules/old': zod } })).toBe(false);
  });
});
