import type { ReferenceData } from '../../core/contract/schemas/reference.ts';

/** The little that the centre's rules look at, of the same office and officer as core/store/store-fixture.ts. */
export function referenceFixture(trustAnchors: readonly string[] = []): ReferenceData {
  return {
    officers: [
      {
        officerId: 'F-1',
        nif: '00000000T',
        staffNumber: 'N-100',
        givenName: 'Nerea',
        surname1: 'Soto',
        surname2: 'Vela',
        post: 'Auxiliar',
        unitCode: 'L01502973',
        unitName: 'Registro',
        isActive: true,
        isCivilServant: true,
        mayActForCitizens: true,
        mayIssueCopies: true,
        mayUnlockSeal: false,
        isSupervisor: false,
      },
    ],
    offices: [
      {
        officeCode: 'O00009999',
        name: 'Oficina de asistencia de Valdealba',
        bodyCode: 'L01502973',
        bodyName: 'Ayuntamiento de Valdealba',
        address: 'Plaza Mayor 1',
        verificationUrl: 'https://sede.valdealba.example/verificar',
      },
    ],
    units: [
      {
        unitCode: 'L01502973',
        name: 'Servicio de Vía Pública',
        parentCode: null,
        state: 'current',
        successorCode: null,
      },
    ],
    procedures: [],
    calendars: [],
    scanProfiles: [],
    trustAnchors: [...trustAnchors],
  };
}
