import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { referenceDataSchema } from '../core/contract/schemas/reference.ts';
import { isProfileInForce, publicKeyOf } from '../core/services/scan-profile-signature.ts';
import { createReferenceData } from './reference-data.ts';
import { citizen, officer, secondOfficer, town } from './town.ts';

const administrator = generateKeyPairSync('ed25519');
const data = createReferenceData([], administrator.privateKey);

describe('reference data of the demonstration office', () => {
  it('keeps to the schema of what the centre sends down', () => {
    expect(referenceDataSchema.safeParse(data).error?.issues).toBeUndefined();
    expect(data.units.length).toBeGreaterThanOrEqual(60);
    expect(data.procedures.length).toBeGreaterThanOrEqual(40);
  });

  it('names only units that exist and are current, except as children of one', () => {
    const current = new Set(data.units.filter((unit) => unit.state === 'current').map((unit) => unit.unitCode));
    expect(data.units.filter((unit) => unit.parentCode !== null && !current.has(unit.parentCode))).toEqual([]);
    expect(data.procedures.filter((procedure) => !current.has(procedure.unitCode))).toEqual([]);
    expect(data.officers.filter((entry) => !current.has(entry.unitCode))).toEqual([]);
    expect(data.offices.filter((office) => !current.has(office.bodyCode))).toEqual([]);
    const extinct = data.units.filter((unit) => unit.state === 'extinct');
    expect(extinct).toHaveLength(1);
    expect(current).toContain(extinct[0]?.successorCode);
  });

  it('repeats no identifier', () => {
    for (const ids of [
      data.units.map((unit) => unit.unitCode),
      data.procedures.map((procedure) => procedure.procedureId),
      data.procedures.flatMap((procedure) => procedure.siaCode ?? []),
      data.officers.map((entry) => entry.officerId),
      data.officers.map((entry) => entry.nif),
      data.officers.map((entry) => entry.staffNumber),
      data.scanProfiles.map((profile) => profile.id),
    ]) {
      expect(new Set(ids).size).toBe(ids.length);
    }
  });

  it('gives everybody a NIF with its right letter', () => {
    for (const { nif } of [...data.officers, officer, secondOfficer, citizen]) {
      expect(nif.slice(8), nif).toBe('TRWAGMYFPDXBNJZSQVHLCKE'[Number(nif.slice(0, 8)) % 23]);
    }
    // Control letter of a local body's NIF, digits of even places summed, of odd places doubled.
    const digits = Array.from(town.nif.slice(1, 8), Number);
    const sum = digits.reduce((total, digit, place) => {
      const doubled = digit * 2;
      return total + (place % 2 === 1 ? digit : Math.floor(doubled / 10) + (doubled % 10));
    }, 0);
    expect(town.nif.slice(8)).toBe('JABCDEFGHI'[(10 - (sum % 10)) % 10]);
  });

  it('enables the first officer of the cards and not the second', () => {
    const byNif = new Map(data.officers.map((entry) => [entry.nif, entry]));
    expect(byNif.get(officer.nif)).toMatchObject({
      mayActForCitizens: true,
      mayIssueCopies: true,
      mayUnlockSeal: true,
    });
    expect(byNif.get(secondOfficer.nif)).toMatchObject({
      isActive: true,
      mayActForCitizens: false,
      mayIssueCopies: false,
      mayUnlockSeal: false,
    });
  });

  it('has each scan profile locked by its administrator', () => {
    for (const profile of data.scanProfiles)
      expect(isProfileInForce(profile, [publicKeyOf(administrator.publicKey)])).toBe(true);
  });

  it('lists the non-working days of each year in order, inside the year', () => {
    for (const { year, nonWorkingDays } of data.calendars) {
      const dates = nonWorkingDays.map((nonWorkingDay) => nonWorkingDay.date);
      expect(dates).toEqual([...new Set(dates)].toSorted());
      expect(dates.every((date) => date.startsWith(`${year}-`))).toBe(true);
    }
  });
});
