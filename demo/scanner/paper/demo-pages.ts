import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { drawCertificate, drawIdentityDocument, drawLetter } from './attachments.ts';
import { drawApplication, drawConsent } from './forms.ts';
import { signature } from './ink.ts';
import { createRandom } from './random.ts';
import { paperDpi, renderPaper, scanPaper, type Placement } from './scanner-bed.ts';

/** Files of the demonstration's papers, one per side, in the order in which a feeder would give them. */
export type DemoPages = Readonly<{
  application: readonly string[];
  certificate: readonly string[];
  identityDocument: readonly string[];
  letter: readonly string[];
  consent: readonly string[];
}>;

const a4 = { widthMm: 210, heightMm: 297 };

type Side = Readonly<{ file: string; svg: () => string; placement: Placement }>;

function sides(): Readonly<Record<keyof DemoPages, readonly Side[]>> {
  const [front, back] = drawLetter(createRandom(404));
  return {
    application: [
      {
        file: '1-instancia.jpg',
        svg: () => drawApplication(createRandom(101)),
        placement: { skewDegrees: 0.9, shiftXMm: 0.4, shiftYMm: -0.5, seed: 1 },
      },
    ],
    certificate: [
      {
        file: '2-certificado.jpg',
        svg: () => drawCertificate(createRandom(202)),
        placement: { skewDegrees: -0.7, shiftXMm: -0.3, shiftYMm: 0.4, seed: 2 },
      },
    ],
    identityDocument: [
      {
        file: '3-identidad.jpg',
        svg: () => drawIdentityDocument(createRandom(303)),
        placement: { skewDegrees: 0.4, shiftXMm: 0, shiftYMm: 0, seed: 3 },
      },
    ],
    letter: [
      {
        file: '4-carta-anverso.jpg',
        svg: () => front,
        placement: { skewDegrees: -0.5, shiftXMm: 0.5, shiftYMm: 0.2, seed: 4 },
      },
      {
        file: '4-carta-reverso.jpg',
        svg: () => back,
        placement: { skewDegrees: 0.5, shiftXMm: -0.5, shiftYMm: 0.2, seed: 5 },
      },
    ],
    consent: [
      {
        file: '5-consentimiento.jpg',
        svg: () => drawConsent(createRandom(505)),
        placement: { skewDegrees: 0.6, shiftXMm: 0.2, shiftYMm: -0.3, seed: 6 },
      },
    ],
  };
}

/**
 * Draws the demonstration's papers as a scanner's bed shows them: JPEG, 300 dots per inch, the same bytes at each
 * run with the same sharp. Sides that are there already stay. People, town and codes are invented (demo/town.ts).
 */
export async function drawDemoPages(folder: string): Promise<DemoPages> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const drawn: Record<keyof DemoPages, readonly string[]> = {
    application: [],
    certificate: [],
    identityDocument: [],
    letter: [],
    consent: [],
  };
  for (const [name, list] of Object.entries(sides()) as [keyof DemoPages, readonly Side[]][]) {
    const files: string[] = [];
    for (const side of list) files.push(await drawSide(folder, side));
    drawn[name] = files;
  }
  return drawn;
}

async function drawSide(folder: string, side: Side): Promise<string> {
  const file = path.join(folder, side.file);
  const isThere = await stat(file).then(
    () => true,
    () => false,
  );
  if (!isThere) await writeImage(file, await scanPaper(await renderPaper(side.svg(), a4), side.placement));
  return file;
}

async function writeImage(file: string, image: Buffer): Promise<void> {
  await writeFile(`${file}.new`, image, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

export type SignedPaper = Readonly<{
  /** Image of a whole printed page, of any resolution. */
  printedPage: string;
  /** Start of the signature's baseline, in millimetres from the top left corner of the A4 page; null for an unsigned one. */
  signatureAt: Readonly<{ xMm: number; yMm: number }> | null;
  output: string;
  seed: number;
}>;

/** What a person does with a page that the program printed: signs it and puts it in the scanner. */
export async function signAndScanPaper(paper: SignedPaper): Promise<void> {
  const random = createRandom(paper.seed);
  const [width, height] = [a4.widthMm, a4.heightMm].map((side) => Math.round((side / 25.4) * paperDpi)) as [
    number,
    number,
  ];
  const ink = paper.signatureAt === null ? '' : signature(paper.signatureAt.xMm, paper.signatureAt.yMm, random);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${a4.widthMm} ${a4.heightMm}">${ink}</svg>`;
  const signed = await sharp(paper.printedPage)
    .flatten({ background: 'white' })
    .resize({ width, height, fit: 'fill' })
    .composite([{ input: Buffer.from(svg) }])
    .toColourspace('srgb')
    .png({ compressionLevel: 1 })
    .toBuffer();
  const placement = {
    skewDegrees: random() * 2 - 1,
    shiftXMm: random() - 0.5,
    shiftYMm: random() - 0.5,
    seed: paper.seed,
  };
  await writeImage(paper.output, await scanPaper(signed, placement));
}
