import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ScannerQualification } from '../contract/schemas/qualification.ts';
import type { OpenDesk } from './open-desk.ts';
import { qualificationFixture } from './qualification-fixture.ts';
import { auditEntry, createDeskFixture } from './store-fixture.ts';
import type { DeskFixture } from './store-fixture.ts';

let fixture: DeskFixture;
let desk: OpenDesk;
beforeAll(async () => {
  fixture = await createDeskFixture();
  desk = await fixture.open();
});
afterAll(async () => {
  await desk.store.close();
  fixture.remove();
});

function add(change: Partial<ScannerQualification>): ScannerQualification {
  const qualification = qualificationFixture({ qualificationId: randomUUID(), ...change });
  const { qualificationId } = qualification;
  desk.store.addQualification(qualification, {
    ...auditEntry,
    action: 'scanner.qualified',
    subjectId: qualificationId,
  });
  return qualification;
}

test('the last check of each device is the one that counts, each with its audit row', () => {
  const other = { driver: 'escl', maker: 'Otra', model: 'M-2', serial: '0001', connection: null };
  const { device } = qualificationFixture();
  expect(desk.store.findLastQualification(device)).toBeNull();
  const first = add({ verdict: 'failed' });
  const second = add({ verdict: 'passed' });
  const foreign = add({ device: other, verdict: 'failed' });
  expect(desk.store.findLastQualification(device)).toEqual(second);
  expect(desk.store.findLastQualification({ ...other })).toEqual(foreign);
  const moved = { ...device, connection: 'usb 1-3' };
  expect(desk.store.findLastQualification(moved)).toBeNull();
  expect(desk.store.listQualifications(10)).toEqual([foreign, second, first]);
  expect(desk.store.listQualifications(1)).toEqual([foreign]);
  expect(desk.store.findQualification(first.qualificationId)).toEqual(first);
  expect(desk.store.findQualification(randomUUID())).toBeNull();
  expect(desk.store.listAudit(first.qualificationId).map(({ action }) => action)).toEqual(['scanner.qualified']);
  expect(() => add({ qualificationId: first.qualificationId })).toThrow('UNIQUE');
  expect(desk.store.listAudit(first.qualificationId)).toHaveLength(1);
});

test('of devices without serial number, the one that failed is found by its model until it passes where it is', () => {
  const model = { driver: 'sane', maker: 'Gemela', model: 'G-1', serial: null };
  const [left, right] = [
    { ...model, connection: 'usb 1-1' },
    { ...model, connection: 'usb 1-2' },
  ];
  expect(desk.store.findFailedOfModel(right)).toBeNull();
  const failed = add({ device: left, verdict: 'failed' });
  add({ device: right, verdict: 'passed' });
  add({ device: { ...model, serial: 'S-9', connection: null }, verdict: 'failed' });
  expect(desk.store.findFailedOfModel({ ...model, connection: 'usb 1-3' })).toEqual(failed);
  add({ device: left, verdict: 'passed' });
  expect(desk.store.findFailedOfModel({ ...model, connection: 'usb 1-3' })).toBeNull();
});
