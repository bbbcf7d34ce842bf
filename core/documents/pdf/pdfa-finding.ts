/** `rule`: clause of ISO 19005-2. `object`: number of the object, when one is at fault. */
export type PdfaFinding = Readonly<{ rule: string; message: string; object?: number }>;

export type Report = (rule: string, message: string, object?: number) => void;
