import type { Office, Officer } from '../../core/contract/schemas/reference.ts';
import type { EmployeeIdentity } from '../town.ts';
import { officer, secondOfficer, town } from '../town.ts';
import { unitCodes } from './units.ts';

type Permissions = Pick<
  Officer,
  'isActive' | 'isCivilServant' | 'mayActForCitizens' | 'mayIssueCopies' | 'mayUnlockSeal' | 'isSupervisor'
>;

const registryClerk: Permissions = {
  isActive: true,
  isCivilServant: true,
  mayActForCitizens: false,
  mayIssueCopies: false,
  mayUnlockSeal: false,
  isSupervisor: false,
};

/** The two with a card, and colleagues who make a directory of it: one of each kind of permission. */
export const officers: readonly Officer[] = [
  entry('ana.garcia', officer, {
    ...registryClerk,
    mayActForCitizens: true,
    mayIssueCopies: true,
    mayUnlockSeal: true,
    isSupervisor: true,
  }),
  entry('luis.perez', secondOfficer, registryClerk),
  entry(
    'carmen.ibanez',
    colleague('22222222J', 'CARMEN', 'IBÁÑEZ', 'ROYO', '9900000003 A1122', 'Técnica de Atención Ciudadana'),
    { ...registryClerk, mayActForCitizens: true, mayIssueCopies: true },
  ),
  entry(
    'pilar.lahoz',
    colleague('33333333P', 'PILAR', 'LAHOZ', 'GIMENO', '9900000004 C1135', 'Administrativa de Registro'),
    { ...registryClerk, mayIssueCopies: true },
  ),
  // A contracted employee, whom art. 12.2 of Ley 39/2015 leaves out whatever the directory grants.
  entry(
    'javier.mur',
    colleague('44444444A', 'JAVIER', 'MUR', 'CASTÁN', '9900000005 L0003', 'Informador (personal laboral)'),
    { ...registryClerk, isCivilServant: false },
  ),
  entry(
    'teresa.oliva',
    colleague('55555555K', 'TERESA', 'OLIVA', 'BLASCO', '9900000006 C1146', 'Auxiliar de Registro (jubilada)'),
    { ...registryClerk, isActive: false },
  ),
];

export const offices: readonly Office[] = [
  {
    officeCode: town.office.code,
    name: town.office.name,
    bodyCode: town.dir3,
    bodyName: town.name,
    address: 'Plaza de la Concordia, 1, 99001 Villanueva del Ebro',
    verificationUrl: town.verificationAddress,
  },
  {
    officeCode: 'O00009998',
    name: 'Oficina de Asistencia en Materia de Registros - Barrio de la Estación',
    bodyCode: town.dir3,
    bodyName: town.name,
    address: 'Calle del Ferrocarril, 24, 99003 Villanueva del Ebro',
    verificationUrl: town.verificationAddress,
  },
];

function colleague(
  nif: string,
  givenName: string,
  firstSurname: string,
  secondSurname: string,
  staffNumber: string,
  post: string,
): EmployeeIdentity {
  const mailbox = `${givenName}.${firstSurname}`.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
  return {
    nif,
    givenName,
    firstSurname,
    secondSurname,
    staffNumber,
    post,
    unitName: officer.unitName,
    email: `${mailbox}@villanuevadelebro.example`,
  };
}

function entry(officerId: string, identity: EmployeeIdentity, permissions: Permissions): Officer {
  return {
    officerId,
    nif: identity.nif,
    staffNumber: identity.staffNumber,
    givenName: identity.givenName,
    surname1: identity.firstSurname,
    surname2: identity.secondSurname,
    post: identity.post,
    unitCode: unitCodes.registry,
    unitName: identity.unitName,
    ...permissions,
  };
}
