/** What a SICRES 4 data message tells (Resolución de 22-07-2021, BOE-A-2021-13749; field by field in norms 02a). */
import type { Person } from '../contract/schemas/person.ts';
import type { DocumentType, ElaborationState } from './eni-metadata.ts';

export type SicresPlace = Readonly<{ code: string; name?: string }>;

export type SicresPerson = Readonly<{
  person: Person;
  /** Code in DIRe, for legal persons. */
  directoryCode?: string;
  receivesNotifications?: boolean;
  notificationChannel?: 'paper' | 'electronic';
  wantsSmsNotice?: boolean;
  wantsEmailNotice?: boolean;
  /** Bound to deal electronically (art. 14.2-3 Ley 39/2015): paper notifications are not allowed. */
  isElectronicOnly?: boolean;
}>;

export type SicresParty = Readonly<{ interested?: SicresPerson; representative?: SicresPerson; remarks?: string }>;

export type SicresMetadata = Readonly<{ name: string; value: string }>;

export type SicresAttachment = Readonly<{
  fileName: string;
  kind: 'receipt' | 'document' | 'other';
  mediaType: string;
  byteLength: number;
  /** SHA-256, lower-case hexadecimal. */
  sha256: string;
  summary?: string;
  formCode?: string;
  remarks?: string;
  verificationCode?: string;
  /** ENI codes: `TF06`, `TF01`. */
  signatureType?: string;
  /** `PDF`. */
  formatName?: string;
  /** `200 ppp`. */
  resolution?: string;
  language?: string;
  eniIdentifier?: string;
  capturedAt?: string;
  origin?: 'citizen' | 'administration';
  elaborationState?: ElaborationState;
  documentType?: DocumentType;
  /** `reference`: XML `ReferenciaDocumento` that says where the content is. `embedded`: the bytes, as metadata `AnexoEmbebido`. */
  content?: Readonly<{ kind: 'reference'; xml: string }> | Readonly<{ kind: 'embedded'; data: Uint8Array }>;
  particularMetadata?: readonly SicresMetadata[];
}>;

export type SicresRecord = Readonly<{
  originOffice: SicresPlace;
  originUnit?: SicresPlace;
  destinationOffice: SicresPlace;
  destinationUnit?: SicresPlace;
  parties: readonly SicresParty[];
  mode: 'inPerson' | 'electronic';
  direction: 'incoming' | 'outgoing';
  recordNumber: string;
  summary: string;
  /** ISO 8601 with offset. */
  recordedAt: string;
  recordedTimestamp?: Uint8Array;
  presentedAt: string;
  presentedTimestamp?: Uint8Array;
  siaCode?: string;
  caseFileNumber?: string;
  subjectCode?: string;
  externalReference?: string;
  generalMetadata?: readonly SicresMetadata[];
  particularMetadata?: readonly SicresMetadata[];
  attachments: readonly SicresAttachment[];
  exchangeId: string;
  /** Table of transports: `05` in hand. */
  transportType?: '01' | '02' | '03' | '04' | '05' | '06' | '07' | '08';
  transportNumber?: string;
  userName?: string;
  userContact?: string;
  applicationVersion?: string;
  annotation: 'pending' | 'sending' | 'forwarding';
  annotationDescription?: string;
  accompanyingPaper: 'none' | 'complementary' | 'required';
  remarks?: string;
  isTest: boolean;
  previousExchangeId?: string;
  startOffice: SicresPlace;
  startUnit?: SicresPlace;
  statement?: string;
  petition?: string;
}>;

export type SicresProblemCode =
  | 'missing'
  /** Longer than the field holds: the message is refused. */
  | 'tooLong'
  /** Longer than the field holds: the message carries it cut. */
  | 'cut'
  | 'controlCharacter'
  | 'format'
  | 'notAllowed'
  | 'mismatch'
  | 'tooMany'
  | 'tooLarge';

/** `field`: element of the schema, with the index of its segment from 0: `De_Anexo[0].Nombre_Fichero_Anexado`. */
export type SicresProblem = Readonly<{
  field: string;
  code: SicresProblemCode;
  severity: 'error' | 'warning';
  /** Characters, files or bytes allowed, and present. */
  limit?: number;
  actual?: number;
}>;
