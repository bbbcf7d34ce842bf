import type { CaptureProfile } from '../../../core/devices/scanner/messages.ts';
import type { PreviewColorMode } from '../../../core/services/ports/scanner.ts';
import { EsclStop } from './stop.ts';
import { find, findAll, numberOf, parseXml, textOf, type XmlNode } from './xml.ts';

type SourceName = CaptureProfile['source'];

/** What one source of paper can do. Sizes are in 1/300 of an inch, the protocol's own unit. */
export type SourceCapabilities = Readonly<{
  maxWidth: number;
  maxHeight: number;
  isCentred: boolean;
  /** It has the intent of a quick picture. */
  knowsPreview: boolean;
  profiles: readonly SettingProfile[];
}>;

type SettingProfile = Readonly<{
  colorModes: readonly string[];
  formats: readonly string[];
  /** True when the pair of resolutions can be asked for. */
  takesDpi: (dpi: number) => boolean;
  /** Some that can be asked for: the lowest that is not below `least`, and the highest of all, are among them. */
  offers: (least: number) => readonly number[];
}>;

export type Capabilities = Readonly<{
  maker: string;
  model: string;
  /** What is written on it, or the number of its service, which stays with it too; empty where it tells neither. */
  serial: string;
  sources: Partial<Record<SourceName, SourceCapabilities>>;
  /** The factor that compresses least; null where the device has no such setting. */
  finestCompression: number | null;
}>;

export const colorModeNames = { bitonal: 'BlackAndWhite1', gray: 'Grayscale8', color: 'RGB24' } as const;

/** JPEG has no page of one bit. Every eSCL device gives JPEG; PDF is never asked for. */
const formatsByMode = {
  bitonal: ['image/png'],
  gray: ['image/jpeg', 'image/png'],
  color: ['image/jpeg', 'image/png'],
} as const;

export type PageFormat = 'image/jpeg' | 'image/png';

/** Reads ScannerCapabilities. Throws FAILED when it is something else. */
export function readCapabilities(body: Buffer): Capabilities {
  const root = parseXml(body, 'ScannerCapabilities');
  const adf = find(root, 'Adf');
  const found: [SourceName, XmlNode | null][] = [
    ['feeder', find(root, 'AdfSimplexInputCaps')],
    ['feederDuplex', find(root, 'AdfDuplexInputCaps')],
    ['flatbed', find(root, 'PlatenInputCaps')],
  ];
  const isCentred = adf !== null && textOf(adf, 'XImagePosition') === 'Center';
  const sources: Partial<Record<SourceName, SourceCapabilities>> = {};
  for (const [name, node] of found)
    if (node !== null) sources[name] = readSource(root, node, isCentred && name !== 'flatbed');
  const compression = find(root, 'CompressionFactorSupport');
  return {
    maker: textOf(root, 'Manufacturer').slice(0, 200),
    model: textOf(root, 'MakeAndModel').slice(0, 200),
    serial: (textOf(root, 'SerialNumber') || textOf(root, 'UUID')).slice(0, 200),
    sources,
    finestCompression: compression === null ? null : numberOf(compression, 'Min'),
  };
}

function readSource(root: XmlNode, node: XmlNode, isCentred: boolean): SourceCapabilities {
  return {
    maxWidth: numberOf(node, 'MaxWidth') ?? 0,
    maxHeight: numberOf(node, 'MaxHeight') ?? 0,
    isCentred,
    knowsPreview: findAll(node, 'Intent').some(({ text }) => text === 'Preview'),
    profiles: findAll(node, 'SettingProfile').map((profile) => readProfile(root, profile)),
  };
}

/** A profile is written in full, or refers to one that is written elsewhere. */
function readProfile(root: XmlNode, node: XmlNode): SettingProfile {
  const named =
    node.reference === '' ? undefined : findAll(root, 'SettingProfile').find(({ label }) => label === node.reference);
  const profile = named ?? node;
  const formats = [...findAll(profile, 'DocumentFormatExt'), ...findAll(profile, 'DocumentFormat')];
  const discrete = findAll(profile, 'DiscreteResolution').map((each) => [
    numberOf(each, 'XResolution'),
    numberOf(each, 'YResolution'),
  ]);
  const ranges = [find(profile, 'XResolutionRange'), find(profile, 'YResolutionRange')];
  const takesDpi = (dpi: number) =>
    discrete.some(([x, y]) => x === dpi && y === dpi) || ranges.every((range) => range !== null && isIn(range, dpi));
  return {
    colorModes: findAll(profile, 'ColorMode').map(({ text }) => text),
    formats: formats.map(({ text }) => text.toLowerCase()),
    takesDpi,
    offers: (least) =>
      [
        ...discrete.flatMap(([x]) => x ?? []),
        ...ranges.flatMap((range) => (range === null ? [] : endsOf(range, least))),
      ].filter(takesDpi),
  };
}

/** The first step of a range that is not below `least`, and its last one. */
function endsOf(range: XmlNode, least: number): readonly number[] {
  const [min, max, step] = [numberOf(range, 'Min'), numberOf(range, 'Max'), numberOf(range, 'Step') || 1];
  if (min === null || max === null) return [];
  return [min + Math.ceil(Math.max(0, least - min) / step) * step, max];
}

function isIn(range: XmlNode, dpi: number): boolean {
  const [min, max, step] = [numberOf(range, 'Min'), numberOf(range, 'Max'), numberOf(range, 'Step')];
  if (min === null || max === null || dpi < min || dpi > max) return false;
  return step === null || step === 0 || (dpi - min) % step === 0;
}

export type JobChoice = Readonly<{
  source: SourceName;
  colorMode: CaptureProfile['colorMode'];
  dpi: number;
  format: PageFormat;
  /** Region in 1/300 of an inch. */
  x: number;
  width: number;
  height: number;
  compression: number | null;
  /** A quick picture: the device may choose its resolution. `intent`: it knows what that is. */
  preview: Readonly<{ intent: boolean }> | null;
}>;

/** An A4 page then fills half a screen. */
const previewDpi = 75;

/** 1 mm: as much as SANE's area may differ. */
const areaTolerance = 12;

/** The job that is exactly what the profile asks. Throws NOT_HONOURED, with what is missing, when there is none. */
export function chooseJob(capabilities: Capabilities, profile: CaptureProfile): JobChoice {
  const { source, inMode } = findSource(capabilities, profile.source, profile.colorMode);
  const format = findFormat(inMode, profile.colorMode, profile.dpi);
  const width = fit(profile.areaMm.width, source.maxWidth, 'width');
  const height = fit(profile.areaMm.height, source.maxHeight, 'height');
  return {
    source: profile.source,
    colorMode: profile.colorMode,
    dpi: profile.dpi,
    format,
    x: source.isCentred ? Math.floor((source.maxWidth - width) / 2) : 0,
    width,
    height,
    compression: format === 'image/jpeg' ? capabilities.finestCompression : null,
    preview: null,
  };
}

/** The quickest job that shows the whole glass. Throws NOT_HONOURED where there is none. */
export function choosePreview(capabilities: Capabilities, colorMode: PreviewColorMode): JobChoice {
  const { source, inMode } = findSource(capabilities, 'flatbed', colorMode);
  const dpis = inMode.flatMap(({ offers }) => offers(previewDpi)).toSorted((a, b) => a - b);
  const dpi = dpis.find((each) => each >= previewDpi) ?? dpis.at(-1);
  if (dpi === undefined) throw new EsclStop('NOT_HONOURED', 'resolution');
  if (source.maxWidth <= 0 || source.maxHeight <= 0) throw new EsclStop('NOT_HONOURED', 'size');
  return {
    source: 'flatbed',
    colorMode,
    dpi,
    format: findFormat(inMode, colorMode, dpi),
    x: 0,
    width: source.maxWidth,
    height: source.maxHeight,
    compression: null,
    preview: { intent: source.knowsPreview },
  };
}

function findSource(capabilities: Capabilities, name: SourceName, colorMode: CaptureProfile['colorMode']) {
  const source = capabilities.sources[name];
  if (source === undefined) throw new EsclStop('NOT_HONOURED', 'source');
  const inMode = source.profiles.filter(({ colorModes }) => colorModes.includes(colorModeNames[colorMode]));
  if (inMode.length === 0) throw new EsclStop('NOT_HONOURED', 'mode');
  return { source, inMode };
}

function findFormat(
  inMode: readonly SettingProfile[],
  colorMode: CaptureProfile['colorMode'],
  dpi: number,
): PageFormat {
  const atDpi = inMode.filter(({ takesDpi }) => takesDpi(dpi));
  if (atDpi.length === 0) throw new EsclStop('NOT_HONOURED', 'resolution');
  const format = formatsByMode[colorMode].find((each) => atDpi.some(({ formats }) => formats.includes(each)));
  if (format === undefined) throw new EsclStop('NOT_HONOURED', 'format');
  return format;
}

function fit(millimetres: number, most: number, option: string): number {
  const wanted = Math.round((millimetres / 25.4) * 300);
  if (wanted > most + areaTolerance) throw new EsclStop('NOT_HONOURED', option);
  return Math.min(wanted, most);
}

/** ScanSettings for a job. */
export function writeSettings(job: JobChoice): string {
  const isFeeder = job.source !== 'flatbed';
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<scan:ScanSettings xmlns:scan="http://schemas.hp.com/imaging/escl/2011/05/03"' +
      ' xmlns:pwg="http://www.pwg.org/schemas/2010/12/sm">',
    '<pwg:Version>2.0</pwg:Version>',
    job.preview?.intent === true ? '<scan:Intent>Preview</scan:Intent>' : '',
    '<pwg:ScanRegions><pwg:ScanRegion>',
    '<pwg:ContentRegionUnits>escl:ThreeHundredthsOfInches</pwg:ContentRegionUnits>',
    `<pwg:XOffset>${job.x}</pwg:XOffset><pwg:YOffset>0</pwg:YOffset>`,
    `<pwg:Width>${job.width}</pwg:Width><pwg:Height>${job.height}</pwg:Height>`,
    '</pwg:ScanRegion></pwg:ScanRegions>',
    `<pwg:InputSource>${isFeeder ? 'Feeder' : 'Platen'}</pwg:InputSource>`,
    job.compression === null ? '' : `<scan:CompressionFactor>${job.compression}</scan:CompressionFactor>`,
    `<scan:ColorMode>${colorModeNames[job.colorMode]}</scan:ColorMode>`,
    `<scan:XResolution>${job.dpi}</scan:XResolution><scan:YResolution>${job.dpi}</scan:YResolution>`,
    `<pwg:DocumentFormat>${job.format}</pwg:DocumentFormat>`,
    `<scan:DocumentFormatExt>${job.format}</scan:DocumentFormatExt>`,
    isFeeder ? `<scan:Duplex>${String(job.source === 'feederDuplex')}</scan:Duplex>` : '',
    '</scan:ScanSettings>',
  ].join('');
}
