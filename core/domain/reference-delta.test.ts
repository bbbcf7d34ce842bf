import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../contract/canonical-json.ts';
import { referenceChangesSchema } from '../contract/schemas/reference.ts';
import type { ReferenceData, Unit } from '../contract/schemas/reference.ts';
import { applyReferenceChanges, compareReference } from './reference-delta.ts';

function unit(code: string, name = `Unidad ${code}`): Unit {
  return { unitCode: `L0150${code}`, name, parentCode: null, state: 'current', successorCode: null };
}

function dataOf(units: readonly Unit[], trustAnchors: readonly string[] = []): ReferenceData {
  return {
    officers: [],
    offices: [],
    units: [...units],
    procedures: [],
    calendars: [],
    scanProfiles: [],
    trustAnchors: [...trustAnchors],
  };
}

function changesBetween(from: ReferenceData, to: ReferenceData) {
  return compareReference(from, to) ?? expect.unreachable('two items have one key');
}

describe('what leads from one state to another', () => {
  const codes = ['2973', '2974', '2975', '2976', '2977', '2978'];
  const [a, b, c, d] = ['2973', '2974', '2975', '2976'].map((code) => unit(code)) as [Unit, Unit, Unit, Unit];

  test('names only what was added, changed, removed or moved', () => {
    const changed = unit('2974', 'Otro nombre');
    expect(changesBetween(dataOf([a, b, c]), dataOf([a, changed, d], ['raíz']))).toMatchObject({
      units: {
        removed: [c.unitCode],
        put: [
          { after: a.unitCode, item: changed },
          { after: b.unitCode, item: d },
        ],
      },
      trustAnchors: { removed: [], put: [{ after: null, item: 'raíz' }] },
      officers: { removed: [], put: [] },
    });
    expect(changesBetween(dataOf([a, b]), dataOf([a, b])).units).toEqual({ removed: [], put: [] });
    expect(changesBetween(dataOf([a, b]), dataOf([b, a])).units.put).toEqual([{ after: b.unitCode, item: a }]);
  });

  test('comes to that other state, in its order, also over the wire', () => {
    let seed = 26;
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
    const some = () =>
      codes
        .filter(() => random(3) > 0)
        .map((code) => ({ code, place: random(100) }))
        .toSorted((one, other) => one.place - other.place)
        .map(({ code }) => unit(code, `Unidad ${random(2)}`));
    for (let round = 0; round < 300; round += 1) {
      const [from, to] = [dataOf(some(), ['x', 'y']), dataOf(some(), ['y', 'z', 'x'])];
      const text = JSON.stringify(changesBetween(from, to));
      const changes = referenceChangesSchema.parse(JSON.parse(text));
      expect(canonicalJson(applyReferenceChanges(from, changes))).toBe(canonicalJson(to));
    }
  });

  test('is not told where two items have one key, and not applied where it does not belong', () => {
    expect(compareReference(dataOf([a]), dataOf([a, unit('2973', 'La misma')]))).toBeNull();
    const changes = changesBetween(dataOf([a, b]), dataOf([a, b, c]));
    expect(applyReferenceChanges(dataOf([a]), changes)).toBeNull();
  });
});
