/** DER of the certificate of the centre's organ seal and of the authorities above it. */
export type CentreSealCertificate = Readonly<{
  certificate: Uint8Array;
  chain: readonly Uint8Array[];
  algorithm: 'rsa-sha256' | 'ecdsa-sha256';
}>;

/** The organ seal at the centre, for receipts of an office that had none at hand. Rejects with AppError `sync.*`. */
export type CentreSealPort = Readonly<{
  /** Null where the centre has none. */
  getCertificate(signal: AbortSignal): Promise<CentreSealCertificate | null>;
  /**
   * Signs the DER of the signed attributes of a document signature. Only for a receipt that the centre has accepted;
   * `receiptSha256` is that of its registered version.
   */
  sign(
    request: Readonly<{ recordId: string; receiptSha256: string; signedAttributes: Uint8Array }>,
    signal: AbortSignal,
  ): Promise<Uint8Array>;
}>;
