import type { ClockReading } from '../../contract/schemas/record.ts';

/** Official time (ordinance 11.4: peninsular). */
export type ClockPort = Readonly<{
  now(): Date;
  reading(): ClockReading;
}>;

export type Printer = Readonly<{ name: string; description: string; isDefault: boolean }>;

/** Any printer that CUPS knows. Rejects with `printer.absent` or `printer.failed`. */
export type PrinterPort = Readonly<{
  list(): Promise<readonly Printer[]>;
  print(request: Readonly<{ printer: string; content: Uint8Array; copies: number; title: string }>): Promise<void>;
}>;

/** Where an officer's exports go: the only place where the program writes clear text on purpose. */
export type ExportPort = Readonly<{
  writeFolder(name: string, files: readonly Readonly<{ path: string; content: Uint8Array }>[]): Promise<string>;
}>;

/** What an address on the web holds. Rejects when there is no answer, or one other than 200. */
export type DownloadBytes = (url: string, signal: AbortSignal) => Promise<Uint8Array>;
