import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { aptLine, debianPackages, missingPackages, packagesFor } from './debian-packages.mjs';

describe('Debian packages', () => {
  it('asks for the validators only to test', () => {
    expect(packagesFor('start')).toContain('pcscd');
    expect(packagesFor('start')).not.toContain('qpdf');
    expect(packagesFor('test')).toEqual(debianPackages.map((entry) => entry.name));
  });

  it('takes for installed what dpkg has unpacked and configured, whatever its architecture', () => {
    const told = ['ii  openssl', 'ii  libsane-dev:amd64', 'rc  qpdf', 'un  opensc', 'hi  pcscd', ''].join('\n');
    expect(missingPackages(['openssl', 'libsane-dev', 'qpdf', 'opensc', 'pcscd', 'xvfb'], told)).toEqual([
      'qpdf',
      'opensc',
      'xvfb',
    ]);
  });

  it('reads this system as dpkg tells it', () => {
    const told = execFileSync('dpkg-query', ['-W', '-f', '${db:Status-Abbrev} ${binary:Package}\n', 'dpkg', 'libc6'], {
      encoding: 'utf8',
    });
    expect(missingPackages(['dpkg', 'libc6', 'ventanilla-of-another-planet'], told)).toEqual([
      'ventanilla-of-another-planet',
    ]);
  });

  it('names packages that apt knows', () => {
    const told = execFileSync('apt-cache', ['policy', ...packagesFor('test')], { encoding: 'utf8' });
    for (const name of packagesFor('test')) expect(told).toContain(`${name}:`);
  });

  it('writes the line that an administrator can paste', () => {
    expect(aptLine(['qpdf', 'opensc'])).toBe(
      'sudo apt-get update && sudo apt-get install --no-install-recommends -y qpdf opensc',
    );
  });
});
