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
  const other = { driver: 'escl', maker: 'Otra', model: 'M-2' };
  const { device } = qualificationFixture();
  expect(desk.store.findLastQualification(device)).toBeNull();
  const first = add({ verdict: 'failed' });
  const second = add({ verdict: 'passed' });
  const foreign = add({ device: other, verdict: 'failed' });
  expect(desk.store.findLastQualification(device)).toEqual(second);
  expect(desk.store.findLastQualification({ ...other })).toEqual(foreign);
  expect(desk.store.listQualifications(10)).toEqual([foreign, second, first]);
  expect(desk.store.listQualifications(1)).toEqual([foreign]);
  expect(desk.store.findQualification(first.qualificationId)).toEqual(first);
  expect(desk.store.findQualification(randomUUID())).toBeNull();
  expect(desk.store.listAudit(first.qualificationId).map(({ action }) => action)).toEqual(['scanner.qualified']);
  expect(() => add({ qualificationId: first.qualificationId })).toThrow('UNIQUE');
  expect(desk.store.listAudit(first.qualificationId)).toHaveLength(1);
});
