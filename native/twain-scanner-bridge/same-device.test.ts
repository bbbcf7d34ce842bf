import { expect, test } from 'vitest';
import { dropDoubles } from './same-device.ts';

const own = { deviceId: 'escl:http://192.0.2.7/eSCL', driver: 'escl', otherNames: ['192.0.2.7', 'Escáner 1'] } as const;
const sane = (deviceId: string, otherNames: readonly string[] = []) =>
  ({ deviceId, driver: 'sane', otherNames }) as const;

test.each([
  ['airscan, by the name that the device announces', sane('airscan:e0:Escáner 1'), false],
  ['airscan through WSD, by the same name', sane('airscan:w1:escáner 1'), false],
  ["SANE's own escl, by its address", sane('escl:http://192.0.2.7:80'), false],
  ['another device of airscan', sane('airscan:e0:Escáner 2'), true],
  ['a scanner on the cable whose model is the same', sane('pixma:04A9190D', ['Pixma']), true],
])('%s', (_name, other, isKept) => {
  expect(dropDoubles([other, own])).toEqual(isKept ? [other, own] : [own]);
  expect(dropDoubles([other])).toEqual([other]);
});

test('a device without an announced name is known by the address that airscan tells', () => {
  const given = { ...own, otherNames: ['192.0.2.7', '192.0.2.7'] };
  expect(dropDoubles([sane('airscan:e0:Escáner de la mesa', ['192.0.2.7']), given])).toEqual([given]);
});
