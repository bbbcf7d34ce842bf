import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkIdentifier, maskIdentifier, normalizeIdentifier } from './identifiers.ts';

describe('identifiers of people and entities (norms 02f)', () => {
  it.each([
    ['nif', '00000000T'],
    ['nif', '12345678Z'],
    ['nif', '99999999R'],
    ['nif', '12.345.678-z'],
    ['nie', 'X1234567L'],
    ['cif', 'Q2826004J'],
    ['cif', 'P5030300G'],
  ] as const)('accepts a right %s: %s', (type, text) => {
    expect(checkIdentifier(type, text)).toMatchObject({
      state: 'valid',
      normalized: normalizeIdentifier(text),
      looksLike: null,
    });
  });

  it('pads a DNI whose leading zeros were left out', () => {
    expect(checkIdentifier('nif', '1T').normalized).toBe('00000001T');
    expect(checkIdentifier('nif', '1R')).toMatchObject({ state: 'valid', normalized: '00000001R' });
  });

  it('proposes the only letter that fits, and says that a wrong one is wrong', () => {
    expect(checkIdentifier('nif', '12345678')).toMatchObject({ state: 'incomplete', expectedControl: 'Z' });
    expect(checkIdentifier('nif', '12345678A')).toMatchObject({ state: 'invalid', expectedControl: 'Z' });
    expect(checkIdentifier('nie', 'X1234567T')).toMatchObject({ state: 'invalid', expectedControl: 'L' });
  });

  it('tells what a number is when another type was chosen', () => {
    expect(checkIdentifier('nif', 'Q2826004J')).toMatchObject({
      state: 'invalid',
      looksLike: 'cif',
      isLegalPerson: true,
    });
    expect(checkIdentifier('nif', 'X1234567L')).toMatchObject({ state: 'invalid', looksLike: 'nie' });
  });

  it('has exactly one right letter for each DNI number', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 99_999_999 }), (number) => {
        const digits = String(number).padStart(8, '0');
        const right = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].filter(
          (letter) => checkIdentifier('nif', digits + letter).state === 'valid',
        );
        expect(right).toEqual([checkIdentifier('nif', digits).expectedControl]);
      }),
    );
  });

  it('masks all but four characters', () => {
    expect(maskIdentifier('12345678X')).toBe('***4567**');
    expect(maskIdentifier('L1234567X')).toBe('****4567*');
  });

  const file = new URL('../../../shared/norms/data/tables/nif-vectores.json', import.meta.url);
  it.runIf(existsSync(file))('agrees with the vectors of the norms', () => {
    const vectors = JSON.parse(readFileSync(file, 'utf8')) as {
      dni_validos: string[];
      nie_validos: string[];
      klm_validos: string[];
      cif: { base: string; digito: string; letra: string }[];
      invalidos: string[];
    };
    const stateOf = (type: 'nif' | 'nie' | 'cif', text: string) => checkIdentifier(type, text).state;
    for (const text of [...vectors.dni_validos, ...vectors.klm_validos])
      expect(stateOf('nif', text), text).toBe('valid');
    for (const text of vectors.nie_validos) expect(stateOf('nie', text), text).toBe('valid');
    for (const { base, digito, letra } of vectors.cif) {
      expect(stateOf('cif', base + digito), base).toBe('valid');
      expect(stateOf('cif', base + letra), base).toBe('valid');
    }
    for (const text of vectors.invalidos) {
      for (const type of ['nif', 'nie', 'cif'] as const) expect(stateOf(type, text), text).not.toBe('valid');
    }
  });
});
