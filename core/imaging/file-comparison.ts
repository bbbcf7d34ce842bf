import sharp from 'sharp';
import type { FileObstacle, FilePage, FilePageImage, FilePageRequest } from '../services/ports/imaging.ts';
import type { RawPage } from '../services/ports/scanner.ts';
import { encodeJpeg, encodePreview, encodeThumbnail, jpegParameters } from './codecs.ts';
import type { Samples } from './codecs.ts';
import { darkness, findDifferences, surelyInk } from './copy-comparison.ts';
import { mmPerInch } from './gray-image.ts';
import type { GrayImage, Point } from './gray-image.ts';
import { encodeJbig2 } from './jbig2.ts';
import type { Kernels } from './kernels/kernels.ts';
import { findInkEdges, measureLegibility } from './legibility.ts';
import { applyAffine, inverse, register, warp, warpLocally } from './registration.ts';
import type { Affine, Plane } from './registration.ts';
import { findOtherShapes } from './shape-comparison.ts';
import type { ZoneMm } from './zones.ts';
import { checkRawPage } from './raw-page.ts';

/** Pixels for a millimetre of the paper in the comparison: 150 dpi. */
const pixelsPerMm = 150 / mmPerInch;
/** Neither of the two is whitened: the grain of both papers and the noise of both devices lie below `hardly`. */
const limits = { sure: 0.2, hardly: 0.1, slackMm: 0.17 };
/** Resolution is measured on the paper; the feed of a scanner is true within so much. */
const dpiTolerance = 0.97;
const leastLikeness = 0.45;
/** Ink of the paper that may lie outside of the file: dust and the shadow of an edge. */
const mostCutMm2 = 1;
/** A page with less ink has nothing by which it could be laid on another. */
const leastInkMm2 = 12;
const leastQuality = 92;
const depths = { bitonal: 1, gray: 2, color: 3 } as const;

/**
 * Compares a page of a file that somebody brought with the capture of the paper (ordinance art. 71.3): lays it on the paper,
 * measures its resolution there, and looks for what the one shows and the other does not, in tiles. The page's samples
 * stay as they are and become the copy's image: JPEG, or JBIG2 without loss for one bit a pixel. Deterministic.
 */
export async function compareFilePage(
  kernels: Kernels,
  image: FilePageImage,
  request: FilePageRequest,
): Promise<FilePage> {
  const mark = kernels.mark();
  try {
    return await compare(kernels, image, request);
  } finally {
    kernels.release(mark);
  }
}

async function compare(
  kernels: Kernels,
  { page, samplesDpi, operation }: FilePageImage,
  request: FilePageRequest,
): Promise<FilePage> {
  checkRawPage(page);
  const samples = samplesOf(kernels, page);
  const gray = await grayOf(samples);
  const { paperMm } = request;
  const size = {
    width: Math.max(2, Math.round(paperMm.width * pixelsPerMm)),
    height: Math.max(2, Math.round(paperMm.height * pixelsPerMm)),
  };
  const capture = await paperOf(request, size);
  // About as large as the paper's, whatever its resolution is said to be.
  const reduction = Math.sqrt((size.width * size.height) / (gray.width * gray.height));
  const small = await resized(
    gray,
    Math.max(2, Math.round(gray.width * reduction)),
    Math.max(2, Math.round(gray.height * reduction)),
  );
  const paperInk: Plane = { ...size, data: darkness(kernels, { ...capture, pixelsPerMm }) };
  const fileInk: Plane = { ...small, data: darkness(kernels, { ...small, pixelsPerMm }) };
  const bySaid = ((page.dpi / mmPerInch) * reduction) / pixelsPerMm;
  const { map, likeness } = register(paperInk, fileInk, [
    ...new Set([1, small.width / size.width, small.height / size.height, bySaid].filter((s) => s > 0.5 && s < 2)),
  ]);
  const laid = warpLocally(paperInk, fileInk, map);
  const dpi = Math.round((Math.sqrt(Math.abs(map.a * map.e - map.b * map.d)) / reduction) * pixelsPerMm * mmPerInch);
  const ownDpi = samplesDpi === null ? null : Math.round(dpi * (samplesDpi / page.dpi));
  const corners: readonly Point[] = [
    { x: 0, y: 0 },
    { x: size.width, y: 0 },
    { x: size.width, y: size.height },
    { x: 0, y: size.height },
  ];
  const isEmpty = inkMm2(paperInk) < leastInkMm2 && inkMm2(fileInk) < leastInkMm2;
  const isSame = isEmpty || likeness >= leastLikeness;
  const mark = kernels.mark();
  const edges = findInkEdges(kernels, kernels.load(gray.data), gray);
  kernels.release(mark);
  const legibility = measureLegibility(edges, dpi / mmPerInch);
  const obstacles: FileObstacle[] = [];
  if (!isSame) obstacles.push('differs');
  else {
    if (ownDpi !== null && ownDpi < request.profile.dpi * dpiTolerance) obstacles.push('lowResolution');
    if (cutMm2(paperInk, fileInk, map) > mostCutMm2) obstacles.push('cutOff');
  }
  if (legibility.verdict === 'poor' || legibility.verdict === 'unreadable') obstacles.push('illegible');
  // Lines and letters are drawn in all the colours that the file has.
  if (samplesDpi !== null && depths[page.colorMode] < depths[request.colorMode]) obstacles.push('lessColor');
  const differences = isSame
    ? findDifferences(kernels, paperInk.data, laid.data, { ...size, pixelsPerMm, corners }, paperMm, limits, (tile) =>
        findOtherShapes(paperInk, laid, tile),
      )
    : { missing: [], added: [] };
  const pageDpi = Math.max(30, isSame ? dpi : page.dpi);
  const pageMm = {
    width: (page.widthPixels / pageDpi) * mmPerInch,
    height: (page.heightPixels / pageDpi) * mmPerInch,
  };
  const place = (zone: ZoneMm): ZoneMm => onFile(zone, map, small, pageMm);
  const quality = Math.max(leastQuality, request.profile.image.jpegQuality);
  const isBitonal = page.colorMode === 'bitonal';
  const [jpeg, preview, thumbnail] = await Promise.all([
    isBitonal ? null : encodeJpeg(samples, quality, pageDpi),
    encodePreview(samples, pageDpi),
    encodeThumbnail(samples),
  ]);
  return {
    copy: {
      format: jpeg === null ? 'jbig2' : 'jpeg',
      colorMode: page.colorMode,
      widthPixels: page.widthPixels,
      heightPixels: page.heightPixels,
      dpi: pageDpi,
      data: jpeg ?? jbig2Of(kernels, samples, pageDpi),
    },
    ownDpi,
    preview,
    thumbnail,
    paperMm: pageMm,
    captureCorners: cornersInCapture(small, inverse(map), size, request.captureCorners),
    operations: [
      ...(operation === null ? [] : [operation]),
      {
        name: 'encode',
        parameters: jpeg === null ? { format: 'jbig2', region: 'generic' } : jpegParameters(quality),
      },
    ],
    obstacles,
    zones: [
      ...differences.missing.map((zone) => ({ kind: 'inkMissing' as const, placeMm: place(zone) })),
      ...differences.added.map((zone) => ({ kind: 'inkAdded' as const, placeMm: place(zone) })),
    ],
  };
}

function samplesOf(kernels: Kernels, page: RawPage): Samples {
  const { widthPixels: width, heightPixels: height, samples } = page;
  if (page.colorMode !== 'bitonal')
    return { data: samples, width, height, channels: page.colorMode === 'color' ? 3 : 1 };
  const mark = kernels.mark();
  const bits = kernels.allocate(samples.length);
  const gray = kernels.allocate(width * height);
  kernels.bytes(bits, samples.length).set(samples);
  kernels.functions.gray_from_bits(bits, gray, width, height);
  const data = kernels.bytes(gray, width * height).slice();
  kernels.release(mark);
  return { data, width, height, channels: 1 };
}

function jbig2Of(kernels: Kernels, { data, width, height }: Samples, dpi: number): Uint8Array<ArrayBuffer> {
  const mark = kernels.mark();
  const gray = kernels.allocate(data.length);
  kernels.bytes(gray, data.length).set(data);
  const coded = encodeJbig2(kernels, gray, width, height, dpi);
  kernels.release(mark);
  return coded;
}

type Gray = Omit<GrayImage, 'pixelsPerMm'>;

async function grayOf({ data, width, height, channels }: Samples): Promise<Gray> {
  if (channels === 1) return { data, width, height };
  const image = sharp(data, { raw: { width, height, channels }, limitInputPixels: false });
  return { data: new Uint8Array(await image.toColourspace('b-w').raw().toBuffer()), width, height };
}

async function resized({ data, width, height }: Gray, toWidth: number, toHeight: number): Promise<Gray> {
  const image = sharp(data, { raw: { width, height, channels: 1 }, limitInputPixels: false });
  const small = image.resize(toWidth, toHeight, { fit: 'fill', kernel: 'linear' }).toColourspace('b-w');
  return { data: new Uint8Array(await small.raw().toBuffer()), width: toWidth, height: toHeight };
}

/** The paper as it lies in the capture, upright and alone, at 150 dpi. */
async function paperOf(
  { capturePng, captureCorners }: FilePageRequest,
  size: Readonly<{ width: number; height: number }>,
): Promise<Gray> {
  const image = sharp(capturePng, { limitInputPixels: false });
  const { width, height } = await image.metadata();
  const [a, b, , d] = captureCorners;
  if (a === undefined || b === undefined || d === undefined) throw new Error('a page has four corners');
  const factor = Math.min(1, size.width / Math.hypot((b.x - a.x) * width, (b.y - a.y) * height));
  const w = Math.max(2, Math.round(width * factor));
  const h = Math.max(2, Math.round(height * factor));
  const small = image.resize(w, h, { fit: 'fill', kernel: 'linear' }).toColourspace('b-w');
  const data = new Uint8Array(await small.raw().toBuffer());
  return warp({ data, width: w, height: h }, size, fromCorners(a, b, d, size, w, h), 255);
}

/** From a page of this size to fractions of the capture, times its width and height. */
function fromCorners(
  a: Point,
  b: Point,
  d: Point,
  size: Readonly<{ width: number; height: number }>,
  width: number,
  height: number,
): Affine {
  return {
    a: ((b.x - a.x) * width) / size.width,
    b: ((d.x - a.x) * width) / size.height,
    c: a.x * width,
    d: ((b.y - a.y) * height) / size.width,
    e: ((d.y - a.y) * height) / size.height,
    f: a.y * height,
  };
}

/** Corners of the file's page in the capture, as fractions: both panes move together. */
function cornersInCapture(
  file: Readonly<{ width: number; height: number }>,
  toPaper: Affine,
  size: Readonly<{ width: number; height: number }>,
  captureCorners: readonly Point[],
): readonly Point[] {
  const [a, b, , d] = captureCorners;
  if (a === undefined || b === undefined || d === undefined) return [];
  const toCapture = fromCorners(a, b, d, size, 1, 1);
  return [
    [0, 0],
    [file.width, 0],
    [file.width, file.height],
    [0, file.height],
  ].map(([x = 0, y = 0]) => {
    const onPaper = applyAffine(toPaper, x, y);
    return applyAffine(toCapture, onPaper.x, onPaper.y);
  });
}

/** A zone of the paper where it lies on the file's page. */
function onFile(
  zone: ZoneMm,
  map: Affine,
  file: Readonly<{ width: number; height: number }>,
  pageMm: Readonly<{ width: number; height: number }>,
): ZoneMm {
  const corners = [
    [zone.x, zone.y],
    [zone.x + zone.width, zone.y],
    [zone.x + zone.width, zone.y + zone.height],
    [zone.x, zone.y + zone.height],
  ].map(([x = 0, y = 0]) => {
    const at = applyAffine(map, x * pixelsPerMm, y * pixelsPerMm);
    return {
      x: Math.min(1, Math.max(0, at.x / file.width)) * pageMm.width,
      y: Math.min(1, Math.max(0, at.y / file.height)) * pageMm.height,
    };
  });
  const xs = corners.map(({ x }) => x);
  const ys = corners.map(({ y }) => y);
  const x = Math.min(...xs);
  const y = Math.min(...ys);
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

function inkMm2({ data }: Plane): number {
  let count = 0;
  for (const value of data) if (value > surelyInk * 255) count += 1;
  return count / pixelsPerMm ** 2;
}

/** Ink of the paper, its edge left out, for which the file has no place. */
function cutMm2(paper: Plane, file: Plane, map: Affine): number {
  const edge = Math.round(2 * pixelsPerMm);
  let count = 0;
  for (let y = edge; y < paper.height - edge; y += 1) {
    for (let x = edge; x < paper.width - edge; x += 1) {
      if (paper.data[y * paper.width + x]! <= surelyInk * 255) continue;
      const at = applyAffine(map, x + 0.5, y + 0.5);
      if (at.x < 0 || at.y < 0 || at.x > file.width || at.y > file.height) count += 1;
    }
  }
  return count / pixelsPerMm ** 2;
}
