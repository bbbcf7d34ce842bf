import { z } from 'zod';
import { errorCodes } from '../../contract/errors.ts';
import { scanSourceSchema, type ScanProfile } from '../../contract/schemas/scan-profile.ts';
import type { PreviewColorMode } from '../../services/ports/scanner.ts';

/** The part of a locked profile that a device must honour. */
export type CaptureProfile = Pick<ScanProfile, 'source' | 'dpi' | 'colorMode' | 'areaMm'>;

/** From the services to the scanner bridge. The bridge validates what it receives (native/twain-scanner-bridge). */
export type ScannerRequest =
  | Readonly<{ type: 'list'; requestId: number }>
  /** The bridge looks for new and gone devices while it is idle, and tells them by itself. */
  | Readonly<{ type: 'watch'; isOn: boolean }>
  | Readonly<{ type: 'scan'; scanId: number; deviceId: string; profile: CaptureProfile }>
  /** A quick picture of the whole glass; what follows is as of a scan of one page. */
  | Readonly<{
      type: 'preview';
      scanId: number;
      deviceId: string;
      source: ScanProfile['source'];
      colorMode: PreviewColorMode;
    }>
  | Readonly<{ type: 'nextPage'; scanId: number }>
  | Readonly<{ type: 'credit'; scanId: number; strips: number }>
  | Readonly<{ type: 'cancel'; scanId: number }>;

/** Strips, of 1 MiB at most, that may be on their way at once. */
export const stripCredit = 4;

const count = z.int().nonnegative();
const colorMode = z.enum(['bitonal', 'gray', 'color']);
const code = z.enum(errorCodes);
const device = z.strictObject({
  deviceId: z.string().min(1).max(1024),
  driver: z.enum(['sane', 'escl', 'twain']),
  maker: z.string().max(512),
  model: z.string().max(512),
  serial: z.string().max(200).nullable(),
  connection: z.string().max(1024),
  sources: z.array(z.strictObject({ source: scanSourceSchema, preview: z.boolean() })).max(3),
  feeder: z.enum(['loaded', 'empty', 'fault']).nullable(),
});
const settings = z.strictObject({
  deviceId: z.string(),
  maker: z.string(),
  model: z.string(),
  driver: z.string(),
  dpi: z.int().positive(),
  colorMode,
  source: z.string(),
});

/** From the scanner bridge to the services. */
export const scannerEventSchema = z.discriminatedUnion('type', [
  /** `requestId` is null when the bridge found a change by itself. */
  z.strictObject({ type: z.literal('devices'), requestId: count.nullable(), devices: z.array(device).max(256) }),
  z.strictObject({ type: z.literal('listFailed'), requestId: count, code }),
  z.strictObject({
    type: z.literal('pageStarted'),
    scanId: count,
    sequence: z.int().positive(),
    widthPixels: z.int().positive().max(65_535),
    /** Null where the driver learns it at the end of the page. */
    heightPixels: z.int().positive().max(1_000_000).nullable(),
    dpi: z.int().positive(),
    colorMode,
  }),
  z.strictObject({ type: z.literal('strip'), scanId: count, offset: count, bytes: z.instanceof(Uint8Array) }),
  z.strictObject({
    type: z.literal('pageEnded'),
    scanId: count,
    sequence: z.int().positive(),
    rows: z.int().positive(),
    sha256: z.string().regex(/^[0-9a-f]{64}$/u),
  }),
  z.strictObject({ type: z.literal('finished'), scanId: count, pages: count, settings }),
  /** `diagnosis`: the driver's own words, for the log. */
  z.strictObject({ type: z.literal('stopped'), scanId: count, pages: count, code, diagnosis: z.string().max(1024) }),
]);

export type ScannerBridgeEvent = Readonly<z.infer<typeof scannerEventSchema>>;
export type ScanBridgeEvent = Exclude<ScannerBridgeEvent, Readonly<{ type: 'devices' | 'listFailed' }>>;
