import type { ComparedFile, PageView } from '../contract/schemas/attention.ts';
import type { AttestedDocument } from '../documents/attestation.ts';
import type { FlagAnswer, PageFlag, PageFlagKind } from '../contract/schemas/page-flag.ts';

/* What was done to a page, pointed out on it and answered, as the attestation prints it. */

const kinds: Readonly<Record<PageFlagKind, string>> = {
  inkMissing: 'la captura muestra algo que falta en la copia',
  inkAdded: 'la copia muestra algo que no está en la captura',
  cutOff: 'el contenido llega al borde de la captura',
  illegible: 'trazos borrosos',
  lowResolution: 'menos de 200 puntos por pulgada',
  doubleFeed: 'hoja más larga que su papel, como dos hojas juntas',
  unusualSize: 'tamaño poco corriente',
  blank: 'cara en blanco',
  orientationUnsure: 'orientación sin comprobar por el texto',
  edgesNotFound: 'bordes del papel no visibles',
  code: 'código leído',
};

const answers: Readonly<Record<FlagAnswer, string>> = {
  asOnPaper: 'es así en el papel',
  readable: 'se lee bien en la copia',
  notContent: 'no es contenido del papel',
  rescan: 'se repite la digitalización',
};

const operations: Readonly<Record<string, string>> = {
  draw: 'dibujo de la página del PDF',
  cutOut: 'separación de una pieza del cristal',
  crop: 'recorte al papel',
  straighten: 'enderezado',
  turn: 'giro',
  whiten: 'fondo a blanco',
  threshold: 'umbral',
  grayscale: 'paso a grises',
  encode: 'codificación',
};

const parameters: Readonly<Record<string, string>> = {
  engine: 'programa',
  dpi: 'ppp',
  left: 'izquierda',
  top: 'arriba',
  captureSha256: 'captura',
  degrees: 'grados',
  measuredOn: 'medido en',
  isSure: 'seguro',
  centreX: 'centro x',
  centreY: 'centro y',
  widthPixels: 'ancho',
  heightPixels: 'alto',
  weights: 'pesos',
  white: 'blanco',
  percentile: 'percentil',
  tileMm: 'cuadro mm',
  method: 'método',
  level: 'nivel',
  radiusPixels: 'radio',
  strength: 'fuerza',
  alwaysBlack: 'siempre negro',
  format: 'formato',
  quality: 'calidad',
  tables: 'tablas',
  smoothedPixels: 'bordes alisados px',
};

const values: Readonly<Record<string, string>> = {
  paper: 'el borde del papel',
  text: 'las líneas de texto',
  true: 'sí',
  false: 'no',
  fixed: 'fijo',
  standard: 'de la norma',
  similarity: 'de semejanza',
};

/** «Página 2: la captura muestra algo que falta en la copia (a 120,0 y 200,0 mm, 35,0 × 27,5 mm): no es contenido del papel». */
export function describeFlag(flag: PageFlag, pageNumber: number): string {
  const { kind, placeMm, text, answer } = flag;
  const place =
    placeMm === null || kind === 'code'
      ? ''
      : ` (a ${millimetres(placeMm.x)} y ${millimetres(placeMm.y)} mm, ${millimetres(placeMm.width)} × ${millimetres(placeMm.height)} mm)`;
  const said = text === '' ? '' : ` «${text.slice(0, 120)}»`;
  return `Página ${String(pageNumber)}: ${kinds[kind]}${said}${place}${answer === null ? '' : `: ${answers[answer]}`}`;
}

/** «Página 1: enderezado (grados -0,42, medido en las líneas de texto); recorte al papel (…)». */
export function describeOperations(page: Pick<PageView, 'operations'>, pageNumber: number): string {
  const done = page.operations.map(({ name, parameters: given }) => {
    const list = Object.entries(given).map(
      ([key, value]) => `${parameters[key] ?? key} ${values[String(value)] ?? String(value).replace('.', ',')}`,
    );
    return `${operations[name] ?? name}${list.length === 0 ? '' : ` (${list.join(', ')})`}`;
  });
  return `Página ${String(pageNumber)}: ${done.length === 0 ? 'ninguna' : done.join('; ')}`;
}

const obstacles: Readonly<Record<ComparedFile['obstacles'][number]['kind'], string>> = {
  differs: 'no es como el papel',
  lowResolution: 'no llega a la resolución del perfil',
  cutOff: 'está cortada',
  illegible: 'no se lee bien',
  lessColor: 'tiene menos color que el papel',
};

/** What was brought beside the paper, and why it is the copy or is not (ordinance art. 71.3). */
export function describeComparedFile({
  name,
  sha256,
  isCopy,
  obstacles: known,
}: ComparedFile): NonNullable<AttestedDocument['broughtFile']> {
  const reasons = known.map(
    ({ page, kind, dpi, profileDpi }) =>
      `página ${String(page)}: ${obstacles[kind]}${kind === 'lowResolution' ? ` (${String(dpi)} de ${String(profileDpi)} ppp)` : ''}`,
  );
  return {
    name,
    sha256,
    isCopy,
    reason: isCopy ? '' : reasons.length === 0 ? 'Así lo decide quien coteja' : reasons.join('; '),
  };
}

/** «Texto leído por máquina (Tesseract 5.3.0, spa) en las páginas 1 y 2: …». */
export function describeReading({ pages, reader }: Readonly<{ pages: readonly number[]; reader: string }>): string {
  const list = new Intl.ListFormat('es').format(pages.map(String));
  const where = pages.length === 1 ? `la página ${list}` : `las páginas ${list}`;
  return `Texto leído por máquina (${reader}) en ${where}: invisible, sin corregir y sin valor de copia; sirve para buscar`;
}

function millimetres(value: number): string {
  return value.toFixed(1).replace('.', ',');
}
