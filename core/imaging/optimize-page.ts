import type { ScanProfile } from '../contract/schemas/scan-profile.ts';
import type { CopyImage, ImageOperation, OptimizedPage, PageWarning, PageZone } from '../services/ports/imaging.ts';
import type { RawPage } from '../services/ports/scanner.ts';
import { smoothBrightness } from './background.ts';
import { isBlankSide } from './blank-side.ts';
import type { Samples } from './codecs.ts';
import { encodeJpeg, encodePreview, encodeThumbnail, jpegParameters } from './codecs.ts';
import type { FoundCode } from './codes.ts';
import { findCodeField, findPageCodes, placeCodes, quarterTurnsOfCodes } from './codes.ts';
import { renderCopy } from './copy-image.ts';
import type { GrayImage, Point } from './gray-image.ts';
import { mmPerInch } from './gray-image.ts';
import type { PaperBrightness } from './ink.ts';
import { findInk, measurePaperBrightness, quarterTurnBack, turnedInk } from './ink.ts';
import type { Kernels } from './kernels/kernels.ts';
import type { Legibility } from './legibility.ts';
import { findInkEdges, measureLegibility } from './legibility.ts';
import { findContent } from './page-content.ts';
import { findZones } from './page-zones.ts';
import type { PaperEdges } from './paper-edges.ts';
import { findPaperEdges } from './paper-edges.ts';
import { isUsualSize, looksLikeTwoSheets } from './paper-sizes.ts';
import { captureCorners, placeCopy } from './placement.ts';
import { encodePng } from './png.ts';
import { checkRawPage } from './raw-page.ts';
import type { TextSkew } from './text-skew.ts';
import { measureTextSkew } from './text-skew.ts';
import { findUpright } from './upright.ts';

/** What the port promises, with the measured sharpness for whoever wants the figure. */
export type OptimizedPageWithLegibility = OptimizedPage & Readonly<{ legibility: Legibility }>;

const analysisDpi = 150;
/** A3 at 150 dpi is 4.4 million pixels. */
const mostAnalysisPixels = 8_000_000;

/**
 * The whole page: edges, skew, quarter turns, blank, content, the copy and its companions. All automatic (NTI
 * digitisation V.1.b); the capture itself is kept without loss.
 * @param checkCancelled throws when nobody waits for the page any more; called between steps
 */
export async function optimizePage(
  kernels: Kernels,
  page: RawPage,
  profile: ScanProfile,
  checkCancelled: () => void,
): Promise<OptimizedPageWithLegibility> {
  const started = performance.now();
  checkRawPage(page);
  const mark = kernels.mark();
  try {
    const capture = loadCapture(kernels, page);
    // libvips works in its own threads while the kernels work in this one.
    const capturePreview = encodePreview(capture.samples, page.dpi);
    capturePreview.catch(() => undefined);
    const capturePng = encodePng(kernels, capture.pointer, capture.samples, page.dpi);
    checkCancelled();
    const scale = analysisScale(page);
    const analysis = shrinkCapture(kernels, capture, page, scale);
    checkCancelled();
    const sheet = findSheet(kernels, analysis);
    const field = findCodeField(kernels, analysis.image, sheet.brightness, sheet.corners);
    const found = await findPageCodes(kernels, analysis.image, field, capture.gray, scale);
    checkCancelled();
    const findings = analyze(kernels, analysis, sheet, scale, profile, found);
    checkCancelled();
    const placement = placeCopy(
      { width: page.widthPixels, height: page.heightPixels },
      findings.paper,
      findings.anyInk,
      scale,
      { crop: profile.image.crop, skewDegrees: findings.skewDegrees, quarterTurns: findings.quarterTurns },
    );
    const edges = findInkEdges(kernels, capture.grayPointer, capture.gray);
    const legibility = measureLegibility(edges, capture.gray.pixelsPerMm);
    const rendered = renderCopy(kernels, {
      capture,
      dpi: page.dpi,
      isBitonal: page.colorMode === 'bitonal',
      placement,
      paper: profile.image.crop ? findings.paper : null,
      content: findings.content,
      profile,
      scale,
      checkCancelled,
    });
    checkCancelled();
    const quality = profile.image.jpegQuality;
    const { image } = rendered;
    const data = image.format === 'jpeg' ? await encodeJpeg(image.samples, quality, page.dpi) : image.bits;
    const { widthPixels, heightPixels } = placement;
    const copy: CopyImage = {
      format: image.format,
      colorMode: rendered.colorMode,
      widthPixels,
      heightPixels,
      dpi: page.dpi,
      data,
    };
    checkCancelled();
    const [zones, thumbnail] = await Promise.all([
      findZones(kernels, { analysis: analysis.image, scale, placement, edges, legibility, copy, ...findings }),
      encodeThumbnail(image.format === 'jpeg' ? image.samples : image.reduced),
    ]);
    const paperMm = { width: (widthPixels / page.dpi) * mmPerInch, height: (heightPixels / page.dpi) * mmPerInch };
    const encoding: ImageOperation = {
      name: 'encode',
      parameters: image.format === 'jpeg' ? jpegParameters(quality) : { format: 'jbig2', region: 'generic' },
    };
    return {
      copy,
      capturePng,
      copyPreview: image.format === 'jpeg' ? data : image.png,
      capturePreview: await capturePreview,
      thumbnail,
      skewDegrees: findings.skewDegrees,
      quarterTurns: findings.quarterTurns,
      paperMm,
      captureCorners: captureCorners(placement),
      isBlank: findings.isBlank,
      codes: placeCodes(found, placement, page.dpi),
      operations: [...geometryOperations(findings, profile, placement), ...rendered.operations, encoding],
      warnings: warningsOf(page, findings, legibility, paperMm, zones),
      zones,
      milliseconds: performance.now() - started,
      legibility,
    };
  } finally {
    kernels.release(mark);
  }
}

/** Whole factor to about 150 dpi; more for a page whose resolution does not fit its size. */
function analysisScale(page: RawPage): number {
  const bySize = Math.ceil(Math.sqrt((page.widthPixels * page.heightPixels) / mostAnalysisPixels));
  return Math.max(1, Math.round(page.dpi / analysisDpi), bySize);
}

type Capture = Readonly<{ samples: Samples; pointer: number; grayPointer: number; gray: GrayImage }>;

function loadCapture(kernels: Kernels, page: RawPage): Capture {
  const { widthPixels: width, heightPixels: height } = page;
  const pixelsPerMm = page.dpi / mmPerInch;
  const channels = page.colorMode === 'color' ? 3 : 1;
  const pixels = width * height;
  const pointer = kernels.allocate(pixels * channels);
  if (page.colorMode === 'bitonal') {
    const mark = kernels.mark();
    const bits = kernels.load(page.samples);
    kernels.functions.gray_from_bits(bits, pointer, width, height);
    kernels.release(mark);
  } else kernels.bytes(pointer, pixels * channels).set(page.samples);
  const grayPointer = channels === 3 ? kernels.allocate(pixels) : pointer;
  if (channels === 3) kernels.functions.gray_from_rgb(pointer, grayPointer, pixels);
  return {
    samples: { data: kernels.bytes(pointer, pixels * channels), width, height, channels },
    pointer,
    grayPointer,
    gray: { width, height, pixelsPerMm, data: kernels.bytes(grayPointer, pixels) },
  };
}

/** `rgb`: address of the same pixels in colour; null when the capture has none. */
type Analysis = Readonly<{ image: GrayImage; rgb: number | null; coarse: GrayImage; hasTones: boolean }>;

/** Capture at about 150 dpi, and at half of that for the paper's edges. */
function shrinkCapture(kernels: Kernels, capture: Capture, page: RawPage, scale: number): Analysis {
  const { channels, width, height } = capture.samples;
  const pixelsPerMm = page.dpi / mmPerInch / scale;
  const w = Math.floor(width / scale);
  const h = Math.floor(height / scale);
  const colors = kernels.allocate(w * h * channels);
  const coarseWidth = w >> 1;
  const coarseHeight = h >> 1;
  const coarse = kernels.allocate(coarseWidth * coarseHeight);
  const gray = channels === 1 ? colors : kernels.allocate(w * h);
  const mark = kernels.mark();
  // A pale card on a pale bed differs from it in one channel more than in brightness.
  const darkest = channels === 1 ? colors : kernels.allocate(w * h);
  kernels.functions.shrink(capture.pointer, width, height, channels, scale, colors);
  if (channels === 3) {
    kernels.functions.gray_from_rgb(colors, gray, w * h);
    kernels.functions.darkest_from_rgb(colors, darkest, w * h);
  }
  kernels.functions.shrink(darkest, w, h, 1, 2, coarse);
  kernels.release(mark);
  return {
    image: { data: kernels.bytes(gray, w * h), width: w, height: h, pixelsPerMm },
    rgb: channels === 3 ? colors : null,
    coarse: {
      data: kernels.bytes(coarse, coarseWidth * coarseHeight),
      width: coarseWidth,
      height: coarseHeight,
      pixelsPerMm: pixelsPerMm / 2,
    },
    hasTones: page.colorMode !== 'bitonal',
  };
}

type Findings = Readonly<{
  /** In the capture's pixels. */
  paper: PaperEdges;
  skewDegrees: number;
  skewSource: 'paper' | 'text' | 'none';
  quarterTurns: 0 | 1 | 2 | 3;
  isUprightSure: boolean;
  isBlank: boolean;
  content: ReturnType<typeof findContent>;
  anyInk: ReturnType<typeof findInk>;
}>;

/** The paper in the analysed image's pixels; `edges` in those of the coarse one. */
type Sheet = Readonly<{ edges: PaperEdges; corners: readonly Point[]; brightness: PaperBrightness }>;

function findSheet(kernels: Kernels, { image, coarse }: Analysis): Sheet {
  const edges = findPaperEdges(kernels, coarse);
  const corners = edges.found ? edges.corners.map((corner) => scaled(corner, 2)) : imageCorners(image);
  return { edges, corners, brightness: measurePaperBrightness(kernels, image) };
}

function analyze(
  kernels: Kernels,
  analysis: Analysis,
  { edges: coarsePaper, corners, brightness }: Sheet,
  scale: number,
  profile: ScanProfile,
  codes: readonly FoundCode[],
): Findings {
  const { image } = analysis;
  const ink = findInk(kernels, image, brightness, corners, coarsePaper.found ? 4 : 8, 0.72);
  const anyInk = findInk(kernels, image, brightness, corners, 0, 0.72);
  const { angle, source, lines } = chooseSkew(kernels, coarsePaper, ink);
  const skewDegrees = profile.image.straighten ? angle : 0;
  const smooth = smoothBrightness(kernels, brightness);
  const content = findContent(kernels, image, analysis.rgb, smooth, corners);
  // A marker pen is bright: it shows by its colour only.
  const isBlank =
    smooth !== null &&
    codes.length === 0 &&
    !content.hasColoredMarks &&
    isBlankSide(kernels, image, { measured: brightness, smooth }, corners, {
      isPaperFound: coarsePaper.found,
      hasTones: analysis.hasTones,
    });
  const upright = isBlank ? { quarterTurns: 0 as const, isSure: true } : turnsOf(kernels, ink, angle, lines, codes);
  return {
    paper: { ...coarsePaper, corners: corners.map((corner) => scaled(corner, scale)) },
    skewDegrees,
    skewSource: profile.image.straighten ? source : 'none',
    quarterTurns: profile.image.turnUpright ? upright.quarterTurns : 0,
    isUprightSure: upright.isSure,
    isBlank,
    content,
    anyInk,
  };
}

/** Text decides; where it does not tell, the direction in which a code is read does: forms print both the same way up. */
function turnsOf(
  kernels: Kernels,
  ink: ReturnType<typeof findInk>,
  skewDegrees: number,
  lines: LineScores,
  codes: readonly FoundCode[],
): Readonly<{ quarterTurns: 0 | 1 | 2 | 3; isSure: boolean }> {
  const text = findUpright(
    kernels,
    Math.abs(skewDegrees) > mostUprightSkewDegrees ? turnedInk(ink, -skewDegrees) : ink,
    lines,
  );
  if (text.isSure) return text;
  const byCodes = quarterTurnsOfCodes(codes);
  return byCodes === null ? text : { quarterTurns: byCodes, isSure: true };
}

function scaled(point: Point, factor: number): Point {
  return { x: point.x * factor, y: point.y * factor };
}

function imageCorners(image: GrayImage): readonly Point[] {
  const { width, height } = image;
  return [
    { x: 0, y: 0 },
    { x: width, y: 0 },
    { x: width, y: height },
    { x: 0, y: height },
  ];
}

/** Letters of a line that falls more no longer stand beside each other. */
const mostUprightSkewDegrees = 2;
/** A sheet that lies more askew is laid again. */
const mostSkewDegrees = 15;
/**
 * Contrast of the lines for each degree of skew: those of the names on a map, or of a drawing, are weak (3 to 4) and under
 * any angle; those of text are strong (14 and more on drawn pages, 6 in old prints).
 */
const clearerForDegree = 0.75;

/** The paper's edge decides; clear text refines it within 0.8°, and decides alone where no edge is seen. */
function chooseSkew(
  kernels: Kernels,
  paper: PaperEdges,
  ink: ReturnType<typeof findInk>,
): Readonly<{ angle: number; source: 'paper' | 'text' | 'none'; lines: LineScores }> {
  const rounded = (angle: number): number => Math.round(angle * 1e4) / 1e4;
  if (!paper.found) {
    const { text, lines } = measureEitherWay(kernels, ink, -mostSkewDegrees, mostSkewDegrees);
    return isClear(text, 3 + clearerForDegree * Math.abs(text.angleDegrees), 400)
      ? { angle: rounded(text.angleDegrees), source: 'text', lines }
      : { angle: 0, source: 'none', lines };
  }
  const angle = rounded(paper.angleDegrees);
  const { text, lines } = measureEitherWay(kernels, ink, paper.angleDegrees - 1.5, paper.angleDegrees + 1.5);
  const difference = Math.abs(text.angleDegrees - paper.angleDegrees);
  // Below 0.15° the edge of a straight sheet is the more exact of the two.
  const isEdgeExact = paper.spreadDegrees < 0.05 && difference < 0.15;
  if (!isEdgeExact && difference <= 0.8 && isClear(text, 12, 3000))
    return { angle: rounded(text.angleDegrees), source: 'text', lines };
  return { angle, source: 'paper', lines };
}

type LineScores = Readonly<Record<'across' | 'down', number>>;

/** Lines may run across or down: the direction in which they stand out more. */
function measureEitherWay(
  kernels: Kernels,
  ink: ReturnType<typeof findInk>,
  from: number,
  to: number,
): Readonly<{ text: TextSkew; lines: LineScores }> {
  const across = measureTextSkew(kernels, ink, from, to);
  const down = measureTextSkew(kernels, quarterTurnBack(kernels, ink), from, to);
  const lines = { across: across.score, down: down.score };
  return { text: down.contrast > across.contrast ? down : across, lines };
}

function isClear(text: TextSkew, contrast: number, points: number): boolean {
  return text.contrast >= contrast && text.points >= points;
}

function geometryOperations(
  findings: Findings,
  profile: ScanProfile,
  placement: ReturnType<typeof placeCopy>,
): readonly ImageOperation[] {
  const operations: ImageOperation[] = [];
  if (findings.skewDegrees !== 0)
    operations.push({
      name: 'straighten',
      parameters: { degrees: -findings.skewDegrees, measuredOn: findings.skewSource },
    });
  if (findings.quarterTurns !== 0)
    operations.push({
      name: 'turn',
      parameters: { degrees: -90 * findings.quarterTurns, isSure: String(findings.isUprightSure) },
    });
  if (profile.image.crop && findings.paper.found) {
    const { centre, widthPixels, heightPixels } = placement;
    operations.push({
      name: 'crop',
      parameters: {
        centreX: Math.round(centre.x * 10) / 10,
        centreY: Math.round(centre.y * 10) / 10,
        widthPixels,
        heightPixels,
      },
    });
  }
  return operations;
}

function warningsOf(
  page: RawPage,
  findings: Findings,
  legibility: Legibility,
  paperMm: Readonly<{ width: number; height: number }>,
  zones: readonly PageZone[],
): readonly PageWarning[] {
  const warnings: PageWarning[] = [];
  if (zones.some(({ kind }) => kind === 'cutOff')) warnings.push('cutOff');
  // NTI digitisation IV.2.
  if (page.dpi < 200) warnings.push('lowResolution');
  if (legibility.verdict === 'poor' || legibility.verdict === 'unreadable') warnings.push('illegible');
  if (findings.paper.found && !isUsualSize(paperMm))
    warnings.push(looksLikeTwoSheets(paperMm) ? 'doubleFeed' : 'unusualSize');
  if (findings.isBlank) warnings.push('blank');
  if (!findings.isUprightSure) warnings.push('orientationUnsure');
  if (!findings.paper.found) warnings.push('edgesNotFound');
  return warnings;
}
