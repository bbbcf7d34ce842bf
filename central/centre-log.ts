type Details = Readonly<Record<string, string | number | boolean>>;

/** Structured, without personal data: codes and identifiers only. */
export type CentreLog = Readonly<{
  info(event: string, details?: Details): void;
  error(event: string, error: unknown, details?: Details): void;
}>;

export const silentLog: CentreLog = { info: () => undefined, error: () => undefined };
