import type { Procedure } from '../../core/contract/schemas/reference.ts';
import { unitCodes } from './units.ts';

type RequiredDocument = Procedure['requiredDocuments'][number];
type Options = Readonly<{
  documents?: readonly RequiredDocument[];
  electronicOnly?: boolean;
  deadline?: string;
  silence?: Procedure['silence'];
}>;

const identity = document('Documento de identidad', 'TD99');
const payment = document('Justificante del pago de la tasa', 'TD99');
const photographs = document('Fotografía reciente de tamaño carné', 'TD99');
const income = document('Declaración de ingresos de la unidad familiar', 'TD05');
const lease = document('Contrato de arrendamiento o título de propiedad', 'TD03');
const familyBook = document('Libro de familia o certificado de nacimiento', 'TD11');
const project = document('Proyecto técnico visado', 'TD99');
const disability = document('Certificado de grado de discapacidad', 'TD11');

/**
 * Procedures of the town. SIA codes, terms and silences are invented, in the manner of real ones: a demonstration, no
 * legal advice. The general application (instancia general) is no procedure: it is what remains when none fits.
 */
export const procedures: readonly Procedure[] = [
  procedure('padron-alta', '9990001', 'Alta en el padrón municipal de habitantes', unitCodes.population, {
    documents: [identity, lease, familyBook],
    deadline: threeMonths(),
    silence: 'positive',
  }),
  procedure('padron-cambio-domicilio', '9990002', 'Cambio de domicilio en el padrón', unitCodes.population, {
    documents: [identity, lease],
    deadline: threeMonths(),
    silence: 'positive',
  }),
  procedure('padron-certificado', '9990003', 'Certificado o volante de empadronamiento', unitCodes.population, {
    documents: [identity],
    deadline: '10 días hábiles desde la entrada en el registro',
  }),
  procedure(
    'pareja-estable',
    '9990004',
    'Inscripción en el registro municipal de parejas estables',
    unitCodes.generalSecretary,
    {
      documents: [identity, document('Certificado de estado civil', 'TD11')],
      deadline: threeMonths(),
      silence: 'positive',
    },
  ),
  procedure('acceso-informacion', '9990005', 'Acceso a la información pública', unitCodes.transparency, {
    deadline: '1 mes desde la recepción por el órgano competente',
    silence: 'negative',
  }),
  procedure('proteccion-datos', '9990006', 'Ejercicio de derechos de protección de datos', unitCodes.transparency, {
    documents: [identity],
    deadline: '1 mes desde la recepción',
  }),
  procedure('quejas-sugerencias', '9990007', 'Quejas y sugerencias', unitCodes.registry, {
    deadline: '1 mes desde la entrada en el registro',
  }),
  procedure('recurso-reposicion', '9990008', 'Recurso potestativo de reposición', unitCodes.legal, {
    documents: [document('Acto que se recurre', 'TD01')],
    deadline: '1 mes desde la interposición',
    silence: 'negative',
  }),
  procedure('responsabilidad-patrimonial', '9990009', 'Reclamación de responsabilidad patrimonial', unitCodes.legal, {
    documents: [identity, document('Informe médico o presupuesto de los daños', 'TD13')],
    deadline: '6 meses desde la entrada en el registro',
    silence: 'negative',
  }),
  procedure('obra-menor', '9990010', 'Licencia de obra menor', unitCodes.urbanLicences, {
    documents: [document('Presupuesto de las obras', 'TD99'), payment],
    deadline: '1 mes desde la entrada en el registro',
    silence: 'positive',
  }),
  procedure('obra-mayor', '9990011', 'Licencia de obra mayor', unitCodes.urbanLicences, {
    documents: [project, payment],
    deadline: threeMonths(),
    silence: 'positive',
  }),
  procedure('declaracion-responsable-obra', '9990012', 'Declaración responsable de obras', unitCodes.urbanLicences, {
    documents: [document('Memoria de las obras', 'TD13'), payment],
  }),
  procedure('primera-ocupacion', '9990013', 'Licencia de primera ocupación', unitCodes.urbanLicences, {
    documents: [document('Certificado final de obra', 'TD11'), payment],
    deadline: threeMonths(),
    silence: 'positive',
  }),
  procedure(
    'actividad-clasificada',
    '9990014',
    'Licencia ambiental de actividad clasificada',
    unitCodes.urbanLicences,
    {
      documents: [project, payment],
      electronicOnly: true,
      deadline: '6 meses desde la entrada en el registro',
      silence: 'negative',
    },
  ),
  procedure('denuncia-urbanistica', '9990015', 'Denuncia de infracción urbanística', unitCodes.urbanDiscipline, {
    documents: [document('Fotografías de la obra', 'TD99')],
  }),
  procedure('vado', '9990016', 'Autorización de vado permanente', unitCodes.publicSpace, {
    documents: [document('Plano de situación', 'TD99'), payment],
    deadline: threeMonths(),
    silence: 'negative',
  }),
  procedure('terraza', '9990017', 'Ocupación de la vía pública con terraza', unitCodes.publicSpace, {
    documents: [document('Plano de la terraza', 'TD99'), document('Seguro de responsabilidad civil', 'TD11'), payment],
    deadline: threeMonths(),
    silence: 'negative',
  }),
  procedure(
    'contenedor-obra',
    '9990018',
    'Ocupación de la vía pública con contenedor o andamio',
    unitCodes.publicSpace,
    { documents: [payment], deadline: '1 mes desde la entrada en el registro', silence: 'negative' },
  ),
  procedure(
    'tarjeta-movilidad-reducida',
    '9990019',
    'Tarjeta de estacionamiento para personas con movilidad reducida',
    unitCodes.traffic,
    { documents: [identity, disability, photographs], deadline: threeMonths(), silence: 'positive' },
  ),
  procedure(
    'residente-zona-regulada',
    '9990020',
    'Distintivo de residente en zona de estacionamiento regulado',
    unitCodes.traffic,
    {
      documents: [document('Permiso de circulación del vehículo', 'TD99'), payment],
      deadline: threeMonths(),
      silence: 'positive',
    },
  ),
  procedure('alegaciones-multa', '9990021', 'Alegaciones a una denuncia de tráfico', 'LA9999065', {
    documents: [document('Denuncia recibida', 'TD07')],
  }),
  procedure(
    'ibi-bonificacion-familia-numerosa',
    '9990022',
    'Bonificación del IBI por familia numerosa',
    unitCodes.taxes,
    {
      documents: [document('Título de familia numerosa', 'TD11')],
      deadline: '6 meses desde la entrada en el registro',
      silence: 'negative',
    },
  ),
  procedure(
    'ivtm-exencion-discapacidad',
    '9990023',
    'Exención del impuesto de vehículos por discapacidad',
    unitCodes.taxes,
    {
      documents: [disability, document('Permiso de circulación del vehículo', 'TD99')],
      deadline: '6 meses desde la entrada en el registro',
      silence: 'negative',
    },
  ),
  procedure(
    'plusvalia',
    '9990024',
    'Declaración del impuesto sobre el incremento de valor de los terrenos',
    unitCodes.taxes,
    { documents: [document('Escritura de transmisión', 'TD03')] },
  ),
  procedure('domiciliacion-tributos', '9990025', 'Domiciliación de tributos', unitCodes.collection, {
    documents: [document('Orden de domiciliación', 'TD05')],
  }),
  procedure('fraccionamiento-pago', '9990026', 'Fraccionamiento o aplazamiento de deuda', unitCodes.collection, {
    documents: [income],
    deadline: '6 meses desde la entrada en el registro',
    silence: 'negative',
  }),
  procedure('devolucion-ingresos', '9990027', 'Devolución de ingresos indebidos', unitCodes.collection, {
    documents: [payment],
    deadline: '6 meses desde la entrada en el registro',
    silence: 'negative',
  }),
  procedure('licitacion', '9990028', 'Presentación de ofertas a un contrato', unitCodes.contracts, {
    electronicOnly: true,
  }),
  procedure('proceso-selectivo', '9990029', 'Participación en un proceso selectivo', 'LA9999042', {
    documents: [identity, document('Titulación exigida', 'TD11'), payment],
  }),
  procedure('ayuda-urgencia-social', '9990030', 'Ayuda de urgencia social', unitCodes.socialServices, {
    documents: [identity, income],
    deadline: '1 mes desde la entrada en el registro',
    silence: 'negative',
  }),
  procedure('teleasistencia', '9990031', 'Servicio de teleasistencia', unitCodes.dependency, {
    documents: [identity, document('Informe de salud', 'TD13')],
    deadline: threeMonths(),
    silence: 'negative',
  }),
  procedure('ayuda-domicilio', '9990032', 'Servicio de ayuda a domicilio', unitCodes.dependency, {
    documents: [identity, income, document('Informe de salud', 'TD13')],
    deadline: threeMonths(),
    silence: 'negative',
  }),
  procedure('escuela-infantil', '9990033', 'Admisión en escuela infantil municipal', unitCodes.education, {
    documents: [familyBook, income],
    deadline: 'El de la convocatoria',
    silence: 'negative',
  }),
  procedure('beca-comedor', '9990034', 'Beca de comedor y material escolar', unitCodes.education, {
    documents: [familyBook, income],
    deadline: '6 meses desde el fin de la convocatoria',
    silence: 'negative',
  }),
  procedure('subvencion-entidades', '9990035', 'Subvenciones a entidades ciudadanas', unitCodes.culture, {
    documents: [project, document('Estatutos de la entidad', 'TD99')],
    electronicOnly: true,
    deadline: '6 meses desde el fin de la convocatoria',
    silence: 'negative',
  }),
  procedure('instalacion-deportiva', '9990036', 'Reserva de temporada de instalación deportiva', unitCodes.sports, {
    deadline: '1 mes desde la entrada en el registro',
    silence: 'negative',
  }),
  procedure('venta-ambulante', '9990037', 'Autorización de venta ambulante', unitCodes.commerce, {
    documents: [identity, document('Alta en la Seguridad Social', 'TD11'), payment],
    deadline: threeMonths(),
    silence: 'negative',
  }),
  procedure('reclamacion-consumo', '9990038', 'Reclamación de consumo', unitCodes.consumer, {
    documents: [document('Factura o contrato', 'TD19')],
    deadline: '90 días naturales desde la entrada en el registro',
  }),
  procedure('perro-peligroso', '9990039', 'Licencia para tener animales potencialmente peligrosos', 'LA9999076', {
    documents: [
      identity,
      document('Certificado de aptitud psicológica', 'TD11'),
      document('Seguro de responsabilidad civil', 'TD11'),
    ],
    deadline: threeMonths(),
    silence: 'negative',
  }),
  procedure('tala-arbolado', '9990040', 'Autorización de tala o poda de arbolado', unitCodes.environment, {
    documents: [photographs],
    deadline: threeMonths(),
    silence: 'negative',
  }),
  procedure('concesion-nicho', '9990041', 'Concesión o transmisión de nicho', unitCodes.cemetery, {
    documents: [identity, document('Certificado de defunción', 'TD11'), payment],
    deadline: threeMonths(),
    silence: 'positive',
  }),
  procedure('rehabilitacion-vivienda', '9990042', 'Ayudas a la rehabilitación de viviendas', unitCodes.housing, {
    documents: [identity, income, document('Presupuesto de las obras', 'TD99')],
    deadline: '6 meses desde el fin de la convocatoria',
    silence: 'negative',
  }),
];

function procedure(
  procedureId: string,
  siaCode: string | null,
  title: string,
  unitCode: string,
  options: Options,
): Procedure {
  return {
    procedureId,
    siaCode,
    title,
    unitCode,
    isElectronicOnly: options.electronicOnly ?? false,
    requiredDocuments: [...(options.documents ?? [])],
    deadline: options.deadline ?? null,
    silence: options.silence ?? 'none',
  };
}

function document(title: string, documentType: string): RequiredDocument {
  return { title, documentType };
}

function threeMonths(): string {
  return '3 meses desde la entrada en el registro';
}
