import { citizen, town } from '../../town.ts';
import { citizenName } from './forms.ts';
import { arms, box, paragraph, printed, rule, signature, stamp } from './ink.ts';

/** A landscape and a face of soft tones: what an optimiser must not whiten away. */
function photograph(x: number, y: number, width: number, height: number, id: string): string {
  return `<defs>
    <linearGradient id="sky-${id}" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#8fb2cf"/><stop offset="0.6" stop-color="#d9d3bd"/><stop offset="1" stop-color="#7c8a63"/></linearGradient>
    <radialGradient id="skin-${id}" cx="0.4" cy="0.35" r="0.75"><stop offset="0" stop-color="#f0c9a8"/><stop offset="0.7" stop-color="#c98f68"/><stop offset="1" stop-color="#7d4f36"/></radialGradient>
    <linearGradient id="coat-${id}" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#44546b"/><stop offset="1" stop-color="#1d2635"/></linearGradient>
  </defs>
  <svg x="${x}" y="${y}" width="${width}" height="${height}" viewBox="0 0 30 38" preserveAspectRatio="none">
    <rect width="30" height="38" fill="url(#sky-${id})"/>
    <path fill="#5f7a58" opacity="0.7" d="M0 24Q7 15 13 23T30 20V38H0Z"/>
    <path fill="url(#coat-${id})" d="M2 38Q3 28 11 26.5L15 29L19 26.5Q27 28 28 38Z"/>
    <ellipse cx="15" cy="17" rx="6.2" ry="8.2" fill="url(#skin-${id})"/>
    <path fill="#3a2a20" d="M8.6 16Q8 7.5 15 7.6Q22 7.5 21.4 16Q20 11.5 15 11.6Q10 11.5 8.6 16Z"/>
    <ellipse cx="12.6" cy="16.6" rx="0.8" ry="0.5" fill="#2b211b"/><ellipse cx="17.4" cy="16.6" rx="0.8" ry="0.5" fill="#2b211b"/>
    <path fill="none" stroke="#8a4a3a" stroke-width="0.5" d="M12.8 21.3Q15 22.4 17.2 21.3"/>
    <path fill="none" stroke="#9b6a4b" stroke-width="0.4" d="M15 16.8L14.3 19.4H15.4"/>
  </svg>${box(x, y, width, height)}`;
}

/** A certificate of a course: photograph, two-colour border, stamp in ink over the text. */
export function drawCertificate(random: () => number): string {
  return [
    '<rect x="12" y="12" width="186" height="273" fill="none" stroke="#2f5d50" stroke-width="1.6"/>',
    '<rect x="15" y="15" width="180" height="267" fill="none" stroke="#c2a14a" stroke-width="0.5"/>',
    arms(95, 24, 20),
    printed(105, 60, town.name.toUpperCase(), { typeface: 'bold', points: 13, anchor: 'middle' }),
    printed(105, 67, 'Escuela Municipal de Oficios', { points: 11, anchor: 'middle', color: '#55555c' }),
    printed(105, 90, 'CERTIFICADO DE APROVECHAMIENTO', {
      typeface: 'bold',
      points: 20,
      anchor: 'middle',
      color: '#2f5d50',
    }),
    photograph(28, 104, 32, 41, 'certificate'),
    paragraph(
      68,
      110,
      112,
      `La dirección de la Escuela certifica que ${citizenName}, con NIF ${citizen.nif}, ha superado con la calificación de NOTABLE el curso «Restauración de muebles y carpintería tradicional», de 120 horas lectivas, impartido entre el 6 de octubre y el 19 de diciembre de 2025.`,
      { points: 12 },
      1.55,
    ),
    printed(28, 170, 'Contenidos', { typeface: 'bold', points: 11 }),
    ...[
      'Identificación de maderas y diagnóstico de daños',
      'Limpieza, consolidación y desinsectación',
      'Ensamblajes y reintegración de piezas',
      'Acabados tradicionales: goma laca, ceras y aceites',
    ].map((line, i) => printed(34, 178 + i * 7, `${i + 1}.  ${line}`, { points: 10.5 })),
    printed(28, 222, `${town.place}, 22 de diciembre de 2025`, { points: 11 }),
    printed(150, 230, 'La directora de la Escuela', { points: 10, anchor: 'middle' }),
    signature(132, 250, random),
    printed(150, 262, 'Carmen Ibáñez Royo', { points: 10, anchor: 'middle' }),
    stamp(84, 245, 19, `${town.name.toUpperCase()} ·`, ['ESCUELA', 'DE OFICIOS'], '#8c2141'),
  ].join('');
}

function card(x: number, y: number, content: string): string {
  return `<svg x="${x}" y="${y}" width="85.6" height="54" viewBox="0 0 85.6 54"><rect x="0.2" y="0.2" width="85.2" height="53.6" rx="3" fill="#dfe9ea" stroke="#6f8a8e" stroke-width="0.4"/>${content}</svg>`;
}

function guilloche(random: () => number): string {
  let lines = '';
  for (let i = 0; i < 14; i += 1) {
    const y = 12 + i * 2.8;
    lines += `M2 ${y}${Array.from({ length: 8 }, () => `q2.55 ${(-2 - random() * 2).toFixed(2)} 5.1 0t5.1 0`).join('')}`;
  }
  return `<path fill="none" stroke="#9cc0b8" stroke-width="0.15" d="${lines}"/>`;
}

/** An identity card of an invented kind, front and back on one sheet, as a platen gives them. */
export function drawIdentityDocument(random: () => number): string {
  const label = (x: number, y: number, name: string, value: string): string =>
    printed(x, y, name, { points: 4.5, color: '#4d6468' }) +
    printed(x, y + 3.6, value, { typeface: 'bold', points: 7.5 });
  const front = [
    guilloche(random),
    '<rect x="0.4" y="0.4" width="84.8" height="8.6" rx="2.6" fill="#3f6d74"/>',
    printed(4, 6.3, 'DOCUMENTO DE IDENTIDAD · MUESTRA', { typeface: 'bold', points: 8, color: '#fff' }),
    photograph(4, 13, 24, 31, 'identity'),
    label(32, 15, 'APELLIDOS', `${citizen.firstSurname} ${citizen.secondSurname}`),
    label(32, 23, 'NOMBRE', citizen.givenName),
    label(32, 31, 'NACIMIENTO', '29 02 1980'),
    label(58, 31, 'VALIDEZ', '01 01 2033'),
    label(32, 39, 'NÚMERO', citizen.nif),
    signature(60, 47, random, 16),
    printed(4, 50.5, 'Sin valor fuera de la demostración', { points: 4.5, color: '#4d6468' }),
  ].join('');
  const lines = ['IDUTOXX00000008<12345678Z<<<<<', '8002294M3301014UTO<<<<<<<<<<<4', 'MARTINEZ<SOLER<<JOSE<<<<<<<<<<'];
  const back = [
    guilloche(random),
    label(4, 7, 'DOMICILIO', 'C/ DEL MOLINO VIEJO 14 2.º B'),
    label(4, 15, 'LUGAR', town.place.toUpperCase()),
    label(50, 15, 'EXPEDIDO POR', 'OFICINA DE MUESTRAS'),
    '<rect x="0.4" y="31" width="84.8" height="22.4" fill="#f5f7f4"/>',
    ...lines.map((line, i) => printed(3.6, 37.5 + i * 6, line, { typeface: 'mono', points: 12 })),
  ].join('');
  return card(26, 30, front) + card(28, 112, back);
}

const letter = [
  'Estimado señor Alcalde:',
  'Le escribimos en nombre de la Asociación de Artesanos de Villanueva del Ebro, que reúne desde hace once años a los talleres de madera, barro y hierro del municipio, para respaldar la solicitud que presenta nuestro compañero don José Martínez Soler.',
  'El señor Martínez ha trabajado como voluntario en la restauración de los bancos de la ermita y ha enseñado el oficio a seis aprendices en nuestro local de la calle de las Eras. Conocemos su taller, su seriedad con los plazos y el cuidado con que trata las piezas que se le confían.',
  'La feria de San Blas necesita oficios que se puedan ver en vivo. El año pasado quedaron cuatro puestos sin ocupar y muchos visitantes nos preguntaron por la carpintería tradicional. Por ello consideramos que su presencia sería buena para todos.',
];
const letterBack = [
  'Si el Ayuntamiento lo estima conveniente, la Asociación puede ceder un banco de trabajo y las herramientas de demostración, y hacerse cargo del montaje y de la recogida del puesto, sin coste alguno para las arcas municipales.',
  'Acompañamos la relación de piezas que se mostrarían: una arquilla de nogal del siglo XVIII, dos sillas de anea, una cómoda en proceso y un muestrario de ensamblajes.',
  'Quedamos a su disposición para cualquier aclaración en nuestro local, de lunes a viernes, de 17 a 20 horas.',
  'Reciba un cordial saludo,',
];

function typed(paragraphs: readonly string[], top: number): string {
  let y = top;
  let drawing = '';
  for (const text of paragraphs) {
    drawing += paragraph(28, y, 156, text, { typeface: 'mono', points: 10.5, color: '#26262b' }, 1.5);
    y += Math.ceil(text.length / 70) * 5.56 + 5;
  }
  return drawing;
}

function backInk(random: () => number): string {
  return [
    typed(letterBack, 34),
    signature(40, 150, random),
    printed(28, 166, 'Pilar Lahoz Gimeno', { typeface: 'mono', points: 10.5 }),
    printed(28, 172, 'Presidenta de la Asociación', { typeface: 'mono', points: 10.5 }),
    printed(105, 284, '- 2 -', { typeface: 'mono', points: 9, anchor: 'middle' }),
  ].join('');
}

/** A letter on both sides of one sheet; the back's ink shows faintly through the front. */
export function drawLetter(random: () => number): readonly [front: string, back: string] {
  const back = backInk(random);
  const front = [
    `<g opacity="0.045" transform="translate(210 0) scale(-1 1)">${back}</g>`,
    printed(28, 26, 'ASOCIACIÓN DE ARTESANOS', { typeface: 'bold', points: 13, color: '#6b4a1f' }),
    printed(28, 31.5, 'Calle de las Eras, 3 · Villanueva del Ebro', { points: 8.5, color: '#6b4a1f' }),
    rule(28, 34, 182, 34, 0.4, '#6b4a1f'),
    printed(182, 50, `${town.place}, 8 de enero de 2026`, { typeface: 'mono', points: 10.5, anchor: 'end' }),
    typed(letter, 66),
    printed(105, 284, '- 1 -', { typeface: 'mono', points: 9, anchor: 'middle' }),
  ].join('');
  return [front, back];
}
