import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findCardModules, isOwnCard } from './card-modules.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ventanilla-modules-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function place(...names: readonly string[]): string[] {
  const first = join(folder, 'first');
  const second = join(folder, 'second');
  mkdirSync(first, { recursive: true });
  mkdirSync(second, { recursive: true });
  for (const name of names) writeFileSync(join(second, name), '');
  return [first, second];
}

test('what the machine has is found by operating system, in the order of preference', () => {
  const folders = place('opensc-pkcs11.so', 'libpkcs11-dnie.so', 'libaetpkss.so.3', 'FNMT_P11_x64.dll', 'otra.so');
  const names = (platform: NodeJS.Platform) =>
    findCardModules(folders, platform).map(({ path }) => path.slice(folder.length));
  expect(names('linux')).toEqual(['/second/libpkcs11-dnie.so', '/second/opensc-pkcs11.so', '/second/libaetpkss.so.3']);
  expect(names('win32')).toEqual(['/second/FNMT_P11_x64.dll']);
});

test('a library is given once, however many kinds of card name it', () => {
  const folders = place('DNIe_P11_x64.dll');
  expect(findCardModules(folders, 'win32')).toHaveLength(1);
});

test.each([
  ['DNIe 3.0', 'opensc-pkcs11.so', '3B7F960000006A444E496510010155040 39000', true],
  ['DNIe 3.0', 'libpkcs11-dnie.so', '3B7F960000006A444E49651001015504039000', true],
  ['FNMT card', 'libpkcs11-fnmtdnie.so', '3BEF00004014804345524553570560020380 9000', true],
  ['IDPrime 930', 'libIDPrimePKCS11.so.10.9', '3B7F96000080318065B0855956FB120FFE829000', true],
  ['IDPrime 930', 'opensc-pkcs11.so', '3B7F96000080318065B0855956FB120FFE829000', false],
  ['a card that nobody knows', 'opensc-pkcs11.so', '3B00', false],
  ['a library that nobody knows', 'otra.so', '3B7F960000006A444E49651001015504039000', false],
])('%s and %s', (_, moduleName, answerToReset, isOwn) => {
  expect(isOwnCard(moduleName, answerToReset.replaceAll(' ', ''))).toBe(isOwn);
});
