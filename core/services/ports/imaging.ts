import type { SheetMeasurement } from '../../contract/schemas/qualification.ts';
import type { ScanProfile } from '../../contract/schemas/scan-profile.ts';
import type { RawPage } from './scanner.ts';

/** An automatic operation with its parameters (NTI digitisation V.1.b; recorded in the diligencia). */
export type ImageOperation = Readonly<{
  name: 'draw' | 'cutOut' | 'crop' | 'straighten' | 'turn' | 'whiten' | 'threshold' | 'grayscale' | 'encode';
  parameters: Readonly<Record<string, number | string>>;
}>;

export type PageWarning =
  | 'cutOff'
  | 'lowResolution'
  | 'illegible'
  | 'unusualSize'
  | 'doubleFeed'
  | 'blank'
  | 'orientationUnsure'
  | 'edgesNotFound';

/** The image that goes into the copy. `jbig2`: one generic region, without loss, as PDF embeds it; `jpeg`: grey or RGB. */
export type CopyImage = Readonly<{
  format: 'jbig2' | 'jpeg';
  colorMode: 'bitonal' | 'gray' | 'color';
  widthPixels: number;
  heightPixels: number;
  dpi: number;
  data: Uint8Array;
}>;

/** A bar code or matrix code on the page. `format`: its usual name, such as `Code128`, `QRCode`, `DataMatrix`, `PatchT`. */
export type PageCode = Readonly<{
  format: string;
  text: string;
  /** In the copy, from its top left; first the code's own top left, then clockwise as it is read. */
  cornersMm: readonly Readonly<{ x: number; y: number }>[];
}>;

/**
 * A place of the page that deserves a look. `illegible`: blurred ink; `cutOff`: ink that goes over the edge of the capture;
 * `inkMissing`: the capture shows what the copy lacks; `inkAdded`: the other way round.
 */
export type PageZone = Readonly<{
  kind: 'illegible' | 'cutOff' | 'inkMissing' | 'inkAdded';
  /** In the copy, from its top left. */
  placeMm: Readonly<{ x: number; y: number; width: number; height: number }>;
}>;

export type OptimizedPage = Readonly<{
  copy: CopyImage;
  /** Raw capture, losslessly compressed (PNG), so that it can be compared with the copy. */
  capturePng: Uint8Array;
  /** For the screen, at full capture size: PNG of a bitonal copy, else its JPEG; the raw capture as JPEG. */
  copyPreview: Uint8Array;
  capturePreview: Uint8Array;
  /** JPEG, at most 320 pixels on its longer side. */
  thumbnail: Uint8Array;
  /** What had to be undone, clockwise positive. */
  skewDegrees: number;
  quarterTurns: 0 | 1 | 2 | 3;
  paperMm: Readonly<{ width: number; height: number }>;
  /** Corners of the copy's paper in the raw capture's pixels, clockwise from the copy's top left: lets both views move together. */
  captureCorners: readonly Readonly<{ x: number; y: number }>[];
  isBlank: boolean;
  codes: readonly PageCode[];
  operations: readonly ImageOperation[];
  warnings: readonly PageWarning[];
  zones: readonly PageZone[];
  milliseconds: number;
}>;

/** One of several pieces of paper that lay on the same glass. */
export type Piece = Readonly<{
  page: RawPage;
  /** How it was cut out of the capture, whose digest it names; null for a capture that stays whole. */
  operation: ImageOperation | null;
}>;

/** Why a page of a file that somebody brought may not stand for the paper (ordinance art. 71.3). */
export type FileObstacle = 'differs' | 'lowResolution' | 'cutOff' | 'illegible' | 'lessColor';

/** A page of a file as samples. */
export type FilePageImage = Readonly<{
  page: RawPage;
  /** Resolution of what it was made of; null for lines and letters, drawn for this paper. */
  samplesDpi: number | null;
  /** What made samples of it; null for an image that keeps its own. */
  operation: ImageOperation | null;
}>;

/** The pages of a file that is open until `close`. */
export type FilePages = Readonly<{
  count: number;
  /**
   * One of them, counted from 0, the right way up. `paper`: on which it was printed, with the resolution that is wanted of it.
   * Rejects with AppError `image.*`, `file.pageNotDrawn`, `request.cancelled`.
   */
  read(index: number, paper: Readonly<{ widthMm: number; heightMm: number; dpi: number }>): Promise<FilePageImage>;
  close(): Promise<void>;
}>;

/** The paper as it was scanned, with which a page of a file is compared. */
export type FilePageRequest = Readonly<{
  capturePng: Uint8Array;
  /** Of the scanned copy in the capture, as fractions of its size, clockwise from the copy's top left. */
  captureCorners: readonly Readonly<{ x: number; y: number }>[];
  /** Of the scanned copy. */
  paperMm: Readonly<{ width: number; height: number }>;
  colorMode: CopyImage['colorMode'];
  profile: ScanProfile;
}>;

/** A page of a file as it would go into the copy, and what speaks against it. */
export type FilePage = Readonly<{
  /** `dpi`: as measured on the paper. */
  copy: CopyImage;
  /** On the paper as well, of what the page is made of; null for what is drawn. */
  ownDpi: number | null;
  /** JPEG. */
  preview: Uint8Array;
  thumbnail: Uint8Array;
  paperMm: Readonly<{ width: number; height: number }>;
  /** Corners of the file's page in the capture, as fractions of its size. */
  captureCorners: readonly Readonly<{ x: number; y: number }>[];
  operations: readonly ImageOperation[];
  obstacles: readonly FileObstacle[];
  /** `inkMissing`: the paper shows what the file lacks; in the file's page. */
  zones: readonly PageZone[];
}>;

export type ImagingPort = Readonly<{
  /** The pieces that lie apart on one glass, in reading order; the page itself where there is one, or where it is not clear. */
  findPieces(page: RawPage): readonly Piece[];
  /** JPEG for the screen of a look at the glass. */
  showGlass(page: RawPage): Promise<Uint8Array>;
  /** Deterministic: the same samples and profile give the same bytes. Rejects with AppError `image.*`. */
  optimize(page: RawPage, profile: ScanProfile, signal?: AbortSignal): Promise<OptimizedPage>;
  /**
   * Figures of the scanner's test sheet in a raw capture; null when there is none in it. Deterministic as well. Rejects
   * with AppError `image.*`, `qualification.*`.
   */
  measureSheet(page: RawPage, askedDpi: number, signal?: AbortSignal): Promise<SheetMeasurement | null>;
  /**
   * Opens a PDF, PNG, JPEG or TIFF that somebody brought. A PDF is read by a thread of its own, with limits.
   * Rejects with AppError `image.unreadable`, `file.notComparable`, `document.encrypted`, `request.cancelled`.
   */
  openFile(bytes: Uint8Array, mediaType: string | null, signal?: AbortSignal): Promise<FilePages>;
  /** Lays it on the paper and compares both. Deterministic. Rejects with AppError `image.*`, `request.cancelled`. */
  compareFilePage(image: FilePageImage, request: FilePageRequest, signal?: AbortSignal): Promise<FilePage>;
  close(): Promise<void>;
}>;
