import { citizen, town } from '../../town.ts';
import { arms, box, handwritten, paragraph, printed, rule, signature } from './ink.ts';

export const citizenName = `${citizen.givenName} ${citizen.firstSurname} ${citizen.secondSurname}`;

function heading(title: string): string {
  return [
    arms(20, 14, 13),
    printed(38, 20, town.name.toUpperCase(), { typeface: 'bold', points: 12 }),
    printed(38, 25.5, town.office.name, { points: 8.5, color: '#55555c' }),
    printed(190, 30, title, { typeface: 'bold', points: 17, anchor: 'end', color: '#7a1f2b' }),
    rule(20, 34, 190, 34, 0.6, '#7a1f2b'),
  ].join('');
}

type Field = Readonly<{ label: string; value: string; x: number; y: number; width: number }>;

function field({ label, value, x, y, width }: Field, random: () => number): string {
  const caption = printed(x + 1.5, y + 3.2, label, { points: 6.5, color: '#55555c' });
  return box(x, y, width, 11, '#fff') + caption + (value === '' ? '' : handwritten(x + 3, y + 9.2, value, random, 13));
}

function sectionTitle(y: number, text: string): string {
  return `<rect x="20" y="${y}" width="170" height="5.6" fill="#e9dfd2"/>${printed(22, y + 4.1, text, { typeface: 'bold', points: 9 })}`;
}

function ruledHand(y: number, lines: readonly string[], rows: number, random: () => number): string {
  let drawing = '';
  for (let i = 0; i < rows; i += 1) {
    const base = y + i * 8.5;
    drawing +=
      rule(22, base + 1.4, 188, base + 1.4, 0.15, '#a9a9b0') + handwritten(23, base, lines[i] ?? '', random, 13.5);
  }
  return drawing;
}

function tick(y: number, text: string, isTicked: boolean): string {
  const cross = isTicked
    ? rule(24.4, y - 2.9, 27.2, y + 0.2, 0.5, '#1f3a93') + rule(27.3, y - 2.8, 24.2, y + 0.1, 0.5, '#1f3a93')
    : '';
  return box(24, y - 3.1, 3.5, 3.5) + cross + printed(30, y, text, { points: 9 });
}

const protectionNotice =
  'Sus datos se tratan para tramitar esta solicitud y asentarla en el Registro Electrónico General. Puede ejercer sus derechos ante este Ayuntamiento. Documento de demostración: personas, direcciones y municipio son inventados.';

/** The general application (art. 66 Ley 39/2015), filled in and signed by hand. */
export function drawApplication(random: () => number): string {
  const fields: readonly Field[] = [
    { label: 'Nombre y apellidos', value: citizenName, x: 20, y: 45, width: 118 },
    { label: 'NIF / NIE / Pasaporte', value: citizen.nif, x: 138, y: 45, width: 52 },
    { label: 'Domicilio', value: 'C/ del Molino Viejo, 14, 2.º B', x: 20, y: 56, width: 118 },
    { label: 'Código postal', value: '99999', x: 138, y: 56, width: 52 },
    { label: 'Municipio', value: town.place, x: 20, y: 67, width: 70 },
    { label: 'Teléfono', value: '600 000 000', x: 90, y: 67, width: 48 },
    { label: 'Correo electrónico', value: 'jose@correo.example', x: 138, y: 67, width: 52 },
    { label: 'Representante (si lo hay)', value: '', x: 20, y: 86, width: 118 },
    { label: 'NIF / NIE', value: '', x: 138, y: 86, width: 52 },
  ];
  const statement = [
    'Que soy vecino de este municipio desde 2019 y he',
    'terminado el curso municipal de restauración de muebles',
    'con aprovechamiento, según el certificado que acompaño.',
  ];
  const petition = [
    'Que se me inscriba en el registro municipal de',
    'artesanos y se me reserve un puesto en la feria de',
    'San Blas.',
  ];
  return [
    heading('INSTANCIA GENERAL'),
    sectionTitle(39, 'PERSONA INTERESADA'),
    sectionTitle(80, 'REPRESENTANTE'),
    ...fields.map((one) => field(one, random)),
    sectionTitle(100, 'EXPONE'),
    ruledHand(113, statement, 5, random),
    sectionTitle(154, 'SOLICITA'),
    ruledHand(167, petition, 4, random),
    sectionTitle(200, 'DOCUMENTOS QUE APORTA'),
    tick(211, 'Certificado de aprovechamiento del curso', true),
    tick(217, 'Documento de identidad', true),
    tick(223, 'Otros: carta de la asociación de artesanos', true),
    printed(22, 240, `En ${town.place}, a`, { points: 9.5 }),
    handwritten(62, 240, '12 de enero de 2026', random, 13),
    printed(128, 236, 'Firma:', { points: 9.5 }),
    signature(132, 256, random),
    printed(22, 268, `DIRIGIDO A: ${town.name.toUpperCase()} (${town.dir3})`, { typeface: 'bold', points: 8.5 }),
    paragraph(22, 275, 166, protectionNotice, { points: 6.5, color: '#55555c' }),
  ].join('');
}

/** Consent for one concrete act (art. 43 Ley 40/2015, art. 12.2 Ley 39/2015), signed by hand. */
export function drawConsent(random: () => number): string {
  const text = [
    `Yo, ${citizenName}, con NIF ${citizen.nif}, que no dispongo de los medios electrónicos necesarios, consiento expresamente en que la persona funcionaria habilitada de esta oficina me identifique y firme en mi nombre, con su propio certificado, la solicitud que he leído y que se relaciona más abajo, y solo esa.`,
    'He recibido explicación de lo que se presenta, de los documentos que lo acompañan y de sus efectos. Este consentimiento se refiere a esta única actuación y no se extiende a ninguna otra.',
    'Documentos: solicitud general (1 página); certificado de aprovechamiento (1 página); documento de identidad (1 página).',
  ];
  return [
    heading('CONSENTIMIENTO'),
    printed(22, 48, 'Consentimiento para la actuación por medio de funcionario habilitado', {
      typeface: 'bold',
      points: 12,
    }),
    ...text.map((one, i) => paragraph(22, 62 + i * 34, 164, one, { points: 11 })),
    printed(22, 178, `En ${town.place}, a`, { points: 10.5 }),
    handwritten(66, 178, '12 de enero de 2026', random, 13),
    box(22, 190, 80, 40, '#fff'),
    printed(24, 194.5, 'Firma de la persona interesada', { points: 7.5, color: '#55555c' }),
    signature(36, 218, random, 46),
    box(108, 190, 80, 40, '#fff'),
    printed(110, 194.5, 'Firma de la persona funcionaria habilitada', { points: 7.5, color: '#55555c' }),
    signature(122, 217, random, 40),
    paragraph(22, 275, 166, protectionNotice, { points: 6.5, color: '#55555c' }),
  ].join('');
}
