/**
 * The town of the demonstration office. Everything is invented: the province code 99 does not exist, so that no code
 * or NIF below can belong to anybody; the identity numbers are the ones that everybody prints as examples.
 */
export declare const town: {
  readonly name: 'Ayuntamiento de Villanueva del Ebro';
  readonly place: 'Villanueva del Ebro';
  readonly nif: 'P9999900E';
  readonly dir3: 'L01999990';
  readonly office: {
    readonly code: 'O00009999';
    readonly name: 'Oficina de Asistencia en Materia de Registros - Centro';
  };
  readonly verificationAddress: 'https://sede.villanuevadelebro.example/verificar';
};
export type Person = Readonly<{
  nif: string;
  givenName: string;
  firstSurname: string;
  secondSurname: string;
}>;
export type EmployeeIdentity = Person &
  Readonly<{
    staffNumber: string;
    post: string;
    unitName: string;
    email: string;
  }>;
/** Enabled for art. 43, makes authentic copies and may unlock the organ seal. */
export declare const officer: EmployeeIdentity;
/** Registers and scans, but neither signs for a citizen (art. 43) nor makes authentic copies. */
export declare const secondOfficer: EmployeeIdentity;
export declare const citizen: Person;
