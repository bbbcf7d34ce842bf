/**
 * The town of the demonstration office. Everything is invented: the province code 99 does not exist, so that no code
 * or NIF below can belong to anybody; the identity numbers are the ones that everybody prints as examples.
 */
export const town = {
  name: 'Ayuntamiento de Villanueva del Ebro',
  place: 'Villanueva del Ebro',
  nif: 'P9999900E',
  dir3: 'L01999990',
  office: { code: 'O00009999', name: 'Oficina de Asistencia en Materia de Registros - Centro' },
  verificationAddress: 'https://sede.villanuevadelebro.example/verificar',
} as const;

export type Person = Readonly<{ nif: string; givenName: string; firstSurname: string; secondSurname: string }>;

export type EmployeeIdentity = Person &
  Readonly<{ staffNumber: string; post: string; unitName: string; email: string }>;

/** Enabled for art. 43, makes authentic copies and may unlock the organ seal. */
export const officer: EmployeeIdentity = {
  nif: '00000000T',
  givenName: 'ANA',
  firstSurname: 'GARCÍA',
  secondSurname: 'LÓPEZ',
  staffNumber: '9900000001 A1135',
  post: 'Jefa de la Oficina de Asistencia en Materia de Registros',
  unitName: 'Servicio de Atención Ciudadana y Registro',
  email: 'ana.garcia@villanuevadelebro.example',
};

/** Registers and scans, but neither signs for a citizen (art. 43) nor makes authentic copies. */
export const secondOfficer: EmployeeIdentity = {
  nif: '11111111H',
  givenName: 'LUIS',
  firstSurname: 'PÉREZ',
  secondSurname: 'RUIZ',
  staffNumber: '9900000002 C1146',
  post: 'Auxiliar de Registro',
  unitName: 'Servicio de Atención Ciudadana y Registro',
  email: 'luis.perez@villanuevadelebro.example',
};

export const citizen: Person = {
  nif: '12345678Z',
  givenName: 'JOSÉ',
  firstSurname: 'MARTÍNEZ',
  secondSurname: 'SOLER',
};
