import type { Calendar } from '../../core/contract/schemas/reference.ts';

type NonWorkingDay = Calendar['nonWorkingDays'][number];

/**
 * National holidays and Aragón's own day (23 April); the local ones are invented. Of a holiday that falls on a Sunday
 * the yearly resolution may move the rest to the Monday, as here on 2 November 2026 and 16 August 2027: for a
 * demonstration, to be replaced by the official act of each year (Ley 39/2015 art. 30.7).
 */
export const calendars: readonly Calendar[] = [
  {
    year: 2026,
    nonWorkingDays: [
      national('2026-01-01', 'Año Nuevo'),
      national('2026-01-06', 'Epifanía del Señor'),
      local('2026-02-05', 'Santa Águeda, fiesta local'),
      national('2026-04-02', 'Jueves Santo'),
      national('2026-04-03', 'Viernes Santo'),
      regional('2026-04-23', 'San Jorge, Día de Aragón'),
      national('2026-05-01', 'Fiesta del Trabajo'),
      local('2026-06-15', 'Fiestas del Ebro, fiesta local'),
      national('2026-08-15', 'Asunción de la Virgen'),
      national('2026-10-12', 'Fiesta Nacional de España'),
      regional('2026-11-02', 'Lunes siguiente a Todos los Santos'),
      regional('2026-12-07', 'Lunes siguiente al Día de la Constitución'),
      national('2026-12-08', 'Inmaculada Concepción'),
      national('2026-12-25', 'Natividad del Señor'),
    ],
  },
  {
    year: 2027,
    nonWorkingDays: [
      national('2027-01-01', 'Año Nuevo'),
      national('2027-01-06', 'Epifanía del Señor'),
      local('2027-02-05', 'Santa Águeda, fiesta local'),
      national('2027-03-25', 'Jueves Santo'),
      national('2027-03-26', 'Viernes Santo'),
      regional('2027-04-23', 'San Jorge, Día de Aragón'),
      national('2027-05-01', 'Fiesta del Trabajo'),
      local('2027-06-14', 'Fiestas del Ebro, fiesta local'),
      regional('2027-08-16', 'Lunes siguiente a la Asunción de la Virgen'),
      national('2027-10-12', 'Fiesta Nacional de España'),
      national('2027-11-01', 'Todos los Santos'),
      national('2027-12-06', 'Día de la Constitución'),
      national('2027-12-08', 'Inmaculada Concepción'),
      national('2027-12-25', 'Natividad del Señor'),
    ],
  },
];

function national(date: string, title: string): NonWorkingDay {
  return { date, title, scope: 'national' };
}

function regional(date: string, title: string): NonWorkingDay {
  return { date, title, scope: 'regional' };
}

function local(date: string, title: string): NonWorkingDay {
  return { date, title, scope: 'local' };
}
