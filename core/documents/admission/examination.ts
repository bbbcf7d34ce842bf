import type { AdmissionRefusal, DocumentMediaType } from '../../contract/schemas/verification.ts';

/** What a file is by its content, and what keeps it from being admitted. */
export type FileExamination = Readonly<{
  mediaType: DocumentMediaType | null;
  isEncrypted: boolean;
  /** Forms calculate with scripts: told, never run, no ground for refusal. */
  hasScripts: boolean;
  refusal: AdmissionRefusal | null;
}>;

export function admitted(
  mediaType: DocumentMediaType,
  marks: Readonly<{ isEncrypted?: boolean; hasScripts?: boolean }> = {},
): FileExamination {
  return { mediaType, isEncrypted: false, hasScripts: false, ...marks, refusal: null };
}

export function refused(refusal: AdmissionRefusal, mediaType: DocumentMediaType | null = null): FileExamination {
  return { mediaType, isEncrypted: false, hasScripts: false, refusal };
}
