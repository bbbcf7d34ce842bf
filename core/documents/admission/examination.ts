import type { AdmissionRefusal, DocumentMediaType } from '../../contract/schemas/verification.ts';

/** What a file is by its content, and what keeps it from being admitted. */
export type FileExamination = Readonly<{
  mediaType: DocumentMediaType | null;
  isEncrypted: boolean;
  refusal: AdmissionRefusal | null;
}>;

export function admitted(mediaType: DocumentMediaType, isEncrypted = false): FileExamination {
  return { mediaType, isEncrypted, refusal: null };
}

export function refused(refusal: AdmissionRefusal, mediaType: DocumentMediaType | null = null): FileExamination {
  return { mediaType, isEncrypted: false, refusal };
}
