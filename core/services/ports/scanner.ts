import type { ErrorCode } from '../../contract/errors.ts';
import type { ScanProfile } from '../../contract/schemas/scan-profile.ts';

/** `preview`: it has a glass, on which one may look before scanning. A feeder would draw the paper in. */
export type ScannerSource = Readonly<{ source: ScanProfile['source']; preview: boolean }>;

export type ScannerDevice = Readonly<{
  /** Driver's own name, such as `pnm:0` or `escl:https://192.0.2.7/eSCL`. */
  deviceId: string;
  driver: 'sane' | 'escl' | 'twain';
  maker: string;
  model: string;
  /** As the device tells it, or USB does; null where nobody does. */
  serial: string | null;
  /** Where it is connected, in words that stay the same while it stays there: `usb 1-2`, a network address, the driver's own name. */
  connection: string;
  sources: readonly ScannerSource[];
  /** Whether paper waits in the feeder, or something there must be put right; null where the driver does not know. */
  feeder: 'loaded' | 'empty' | 'fault' | null;
}>;

/** One captured side exactly as the driver gave it. Rows are packed without padding, top to bottom. */
export type RawPage = Readonly<{
  /** 1-based in the batch. */
  sequence: number;
  widthPixels: number;
  heightPixels: number;
  /** Dots per inch that the driver reports for the captured image. */
  dpi: number;
  /** `bitonal`: 1 bit, 1 = black, rows padded to a byte; `gray`: 8 bits; `color`: RGB, 3 × 8 bits. */
  colorMode: 'bitonal' | 'gray' | 'color';
  samples: Uint8Array;
  /** Hexadecimal SHA-256 of `samples`, computed by the bridge and verified on arrival. */
  sha256: string;
}>;

/** Black and white alone would show little at so few dots. */
export type PreviewColorMode = 'gray' | 'color';

export type ScanEvent =
  | Readonly<{ type: 'pageStarted'; sequence: number }>
  | Readonly<{ type: 'progress'; sequence: number; fraction: number }>
  | Readonly<{ type: 'page'; page: RawPage }>
  /** Always the last event. `stopped`: pages that had arrived are good, `code` says why no more came. */
  | Readonly<{ type: 'finished'; pages: number; settings: ScanSettings }>
  | Readonly<{ type: 'stopped'; pages: number; code: ErrorCode }>;

/** What was set and read back from the device (art. 54.4.a: locked parameters). */
export type ScanSettings = Readonly<{
  deviceId: string;
  maker: string;
  model: string;
  driver: string;
  dpi: number;
  colorMode: 'bitonal' | 'gray' | 'color';
  source: string;
}>;

/** The scanner bridge (native/twain-scanner-bridge). */
export type ScannerPort = Readonly<{
  listDevices(): Promise<readonly ScannerDevice[]>;
  onDevicesChanged(listener: (devices: readonly ScannerDevice[]) => void): () => void;
  /**
   * Scans until the feeder is empty. Pull semantics: the next page is asked for only when the consumer has taken the
   * last one. Ending the iteration early, or `signal`, cancels within 2 s.
   */
  scan(request: Readonly<{ deviceId: string; profile: ScanProfile; signal: AbortSignal }>): AsyncIterable<ScanEvent>;
  /**
   * A quick picture, at about 75 dots per inch where the device can, of everything on the glass: no page of anything, and
   * no locked profile holds for it. Rejects with AppError `scanner.*`: `scanner.noPreview` of a source without a glass,
   * `scanner.cancelled` within 2 s of `signal`.
   */
  preview(
    request: Readonly<{
      deviceId: string;
      source: ScanProfile['source'];
      colorMode: PreviewColorMode;
      signal: AbortSignal;
    }>,
  ): Promise<RawPage>;
  close(): Promise<void>;
}>;
