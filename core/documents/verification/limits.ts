/** What verifying one file may cost; a file that asks for more is judged indeterminate for that reason. */
export type VerificationLimits = Readonly<{
  milliseconds: number;
  /** Of the program's whole memory, above what it took before. */
  memoryMegabytes: number;
  heapMegabytes: number;
  fileMegabytes: number;
}>;

/** An honest application is verified in milliseconds; these leave room for hundreds of megabytes on a slow machine. */
export const defaultLimits: VerificationLimits = {
  milliseconds: 15_000,
  memoryMegabytes: 1024,
  heapMegabytes: 512,
  fileMegabytes: 512,
};
