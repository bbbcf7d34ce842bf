import type { DeskStatus, JobProgress, CardCandidate } from '../../../core/contract/schemas/desk.ts';
import type {
  ApplicationRoute,
  DocumentRole,
  PageView,
  PaperFate,
  PaperNature,
  Stage,
} from '../../../core/contract/schemas/attention.ts';
import type { ElaborationState, Language, SignatureLevel } from '../../../core/contract/schemas/common.ts';
import type { FlagAnswer, PageFlagKind } from '../../../core/contract/schemas/page-flag.ts';
import type { ElectronicOnlyReason, IdentifierType, IdentityCheck } from '../../../core/contract/schemas/person.ts';
import type { AttentionForm } from '../../../core/contract/schemas/attention.ts';
import type { QualificationStanding } from '../../../core/contract/schemas/qualification.ts';
import type { EvidenceState, RecordState, SyncState } from '../../../core/contract/schemas/record.ts';

type RepresentationKind = AttentionForm['representation']['kind'];

export const codeLists = {
  stage: {
    person: 'Persona',
    application: 'Solicitud',
    papers: 'Papeles',
    collation: 'Cotejo',
    consent: 'Consentimiento',
    signature: 'Firma',
    delivery: 'Entrega',
  } satisfies Record<Stage, string>,
  identifierType: {
    nif: 'NIF (DNI)',
    nie: 'NIE',
    cif: 'NIF de entidad',
    passport: 'Pasaporte',
    other: 'Otro documento',
    originCode: 'Código de unidad',
  } satisfies Record<IdentifierType, string>,
  identityDocument: {
    none: 'Elija…',
    dni: 'DNI',
    midni: 'MiDNI en el móvil',
    nieCard: 'Tarjeta de extranjero (TIE)',
    passport: 'Pasaporte',
    drivingLicence: 'Permiso de conducir',
    otherDocument: 'Otro documento',
  } satisfies Record<IdentityCheck['document'], string>,
  identityMethod: {
    none: 'Elija…',
    photographCompared: 'Fotografía comparada con la persona',
    officialAppVerified: 'Verificado con la aplicación oficial',
    machineRead: 'Leído por máquina',
  } satisfies Record<IdentityCheck['method'], string>,
  electronicOnlyReason: {
    none: 'No está obligada',
    legalPerson: 'Persona jurídica',
    entityWithoutPersonality: 'Entidad sin personalidad jurídica',
    registeredProfessional: 'Profesional colegiado en su ejercicio',
    representativeOfObliged: 'Representa a una persona obligada',
    publicEmployee: 'Empleado público en asunto de su condición',
  } satisfies Record<ElectronicOnlyReason, string>,
  representation: {
    none: 'En su propio nombre',
    apudActa: 'Con poder apud acta',
    register: 'Con poder inscrito en el registro de apoderamientos',
    notarial: 'Con poder notarial',
    certificate: 'Con certificado de representante',
    paperPower: 'Con poder en documento privado',
    unproven: 'Sin acreditar todavía la representación',
  } satisfies Record<RepresentationKind, string>,
  route: {
    paper: 'En papel, firmada a mano',
    officer: 'La firma el funcionario (art. 43)',
    citizenCard: 'Con la tarjeta de la persona',
    broughtSigned: 'En un fichero ya firmado',
  } satisfies Record<ApplicationRoute, string>,
  routeHint: {
    paper: 'Trae la solicitud firmada. Se escanea y se coteja con los demás papeles.',
    officer:
      'Se escribe aquí, la persona consiente por escrito y usted la firma por ella. Exige no disponer de medios electrónicos.',
    citizenCard: 'Se escribe aquí y la persona la firma con su propia tarjeta y su PIN.',
    broughtSigned: 'La trae firmada electrónicamente en un soporte. Se comprueba la firma y se registra tal como está.',
  } satisfies Record<ApplicationRoute, string>,
  documentRole: { application: 'Solicitud', annex: 'Anexo', consent: 'Consentimiento' } satisfies Record<
    DocumentRole,
    string
  >,
  paperFate: { returned: 'Se devuelve', kept: 'Se queda seis meses' } satisfies Record<PaperFate, string>,
  paperNature: { original: 'Original', authenticCopy: 'Copia auténtica', photocopy: 'Fotocopia' } satisfies Record<
    PaperNature,
    string
  >,
  elaborationState: {
    EE01: 'original electrónico',
    EE02: 'copia con cambio de formato',
    EE03: 'copia auténtica de papel',
    EE04: 'copia parcial',
    EE99: 'copia simple',
  } satisfies Record<ElaborationState, string>,
  documentType: {
    TD01: 'Resolución',
    TD02: 'Acuerdo',
    TD03: 'Contrato',
    TD04: 'Convenio',
    TD05: 'Declaración',
    TD06: 'Comunicación',
    TD07: 'Notificación',
    TD08: 'Publicación',
    TD09: 'Acuse de recibo',
    TD10: 'Acta',
    TD11: 'Certificado',
    TD12: 'Diligencia',
    TD13: 'Informe',
    TD14: 'Solicitud',
    TD15: 'Denuncia',
    TD16: 'Alegación',
    TD17: 'Recurso',
    TD18: 'Comunicación de la ciudadanía',
    TD19: 'Factura',
    TD20: 'Otros incautados',
    TD99: 'Otros',
  },
  pageFlag: {
    inkMissing: 'falta algo en la copia',
    inkAdded: 'sobra algo en la copia',
    cutOff: 'parece cortada',
    illegible: 'puede no leerse bien',
    lowResolution: 'resolución baja',
    doubleFeed: 'puede haber dos hojas juntas',
    unusualSize: 'tamaño poco común',
    blank: 'parece en blanco',
    orientationUnsure: 'compruebe que está derecha',
    edgesNotFound: 'no se ven los bordes del papel',
    code: 'lleva código',
  } satisfies Record<PageFlagKind, string>,
  flagAnswer: {
    asOnPaper: 'Es así en el papel',
    readable: 'Se lee bien en la copia',
    notContent: 'No es contenido del papel',
    rescan: 'Se repite la digitalización',
  } satisfies Record<FlagAnswer, string>,
  colorMode: { bitonal: 'blanco y negro', gray: 'grises', color: 'color' } satisfies Record<
    PageView['colorMode'],
    string
  >,
  scanSource: { feeder: 'alimentador', feederDuplex: 'alimentador, dos caras', flatbed: 'cristal' },
  language: { es: 'Castellano', ca: 'Catalán', gl: 'Gallego', eu: 'Euskera', en: 'Inglés' } satisfies Record<
    Language,
    string
  >,
  cardKind: {
    employee: 'Empleado público',
    employeePseudonym: 'Empleado público con seudónimo',
    seal: 'Sello',
    citizen: 'Ciudadano',
    representative: 'Representante',
    unknown: 'Otro certificado',
  } satisfies Record<CardCandidate['kind'], string>,
  cardRefusal: {
    expired: 'Está caducado.',
    notYetValid: 'Todavía no está en vigor.',
    issuerNotTrusted: 'Lo emite una entidad que este puesto no reconoce.',
    notForSigning: 'No sirve para firmar.',
    notAnEmployee: 'No es de empleado público.',
    noPrivateKey: 'La tarjeta no tiene su clave.',
    notInDirectory: 'Su titular no figura en el directorio de la oficina.',
    notTheCitizen: 'No es de la persona que presenta.',
  } satisfies Record<NonNullable<CardCandidate['refusal']>, string>,
  jobPhase: {
    starting: 'Empezando',
    waitingForScanner: 'Esperando al escáner',
    lookingAtGlass: 'Mirando el cristal',
    scanning: 'Escaneando',
    optimizing: 'Enderezando y recortando',
    measuring: 'Midiendo la hoja de prueba',
    comparing: 'Comparando el fichero con el papel',
    buildingDocuments: 'Haciendo los documentos',
    signing: 'Firmando con la tarjeta',
    timestamping: 'Pidiendo los sellos de tiempo',
    registering: 'Registrando',
    makingReceipt: 'Haciendo el justificante',
    sealing: 'Sellando el justificante',
    exporting: 'Guardando los documentos',
    sending: 'Enviando al registro central',
    enrolling: 'Dando de alta el puesto en el registro central',
    copyingDatabase: 'Copiando los asientos (MiB)',
    copyingFiles: 'Copiando los documentos',
    checkingFiles: 'Comprobando y guardando los documentos',
    finishing: 'Asegurando la copia en el disco',
    finished: 'Terminado',
  } satisfies Record<JobProgress['phase'], string>,
  cardState: {
    noReader: 'sin lector',
    empty: 'sin tarjeta',
    present: 'insertada',
    failed: 'no responde',
  } satisfies Record<DeskStatus['card']['state'], string>,
  qualificationStanding: {
    never: 'sin hacer',
    passed: 'pasada',
    expired: 'caducada',
    failed: 'no pasada',
  } satisfies Record<QualificationStanding, string>,
  scannerState: {
    searching: 'buscando',
    absent: 'no conectado',
    ready: 'listo',
    scanning: 'escaneando',
    failed: 'con un fallo',
  } satisfies Record<DeskStatus['scanner']['state'], string>,
  sealState: { absent: 'no hay', locked: 'cerrado', unlocked: 'abierto' } satisfies Record<
    DeskStatus['seal']['state'],
    string
  >,
  lineState: {
    unknown: 'comprobando',
    online: 'con línea',
    offline: 'sin línea',
    halted: 'envío detenido',
  } satisfies Record<DeskStatus['line']['state'], string>,
  clockSource: { system: 'reloj del equipo', ntp: 'servidor de hora', centre: 'registro central' } satisfies Record<
    DeskStatus['clock']['source'],
    string
  >,
  recordState: {
    recorded: 'Registrado',
    receipted: 'Con justificante',
    annulled: 'Anulado',
    rectified: 'Rectificado',
  } satisfies Record<RecordState, string>,
  syncState: {
    pending: 'Por enviar',
    recordAcknowledged: 'Asiento enviado, faltan documentos',
    complete: 'Enviado',
    halted: 'Envío detenido',
  } satisfies Record<SyncState, string>,
  evidenceState: {
    pending: 'Evidencia por completar',
    complete: 'Evidencia completa',
    problem: 'Problema en la evidencia',
  } satisfies Record<EvidenceState, string>,
  signatureLevel: {
    'B-B': 'firma sin sello de tiempo',
    'B-T': 'firma con sello de tiempo',
    'B-LT': 'firma con prueba de vigencia',
    'B-LTA': 'firma de larga duración',
  } satisfies Record<SignatureLevel, string>,
} as const;
