import type { ProblemCode } from '../../../core/contract/schemas/attention.ts';

/** What is missing or deserves a look, said so that the reader knows what to do. */
export const problemSentences = {
  required: 'Rellene este dato.',
  identifierInvalid: 'La letra o las cifras no corresponden.',
  identifierIncomplete: 'Al número le faltan cifras o letra.',
  tooLong: 'El texto es demasiado largo.',
  emailInvalid: 'La dirección de correo no está completa.',
  phoneInvalid: 'El teléfono debe tener al menos nueve cifras.',
  postalCodeInvalid: 'El código postal tiene cinco cifras y empieza por la provincia.',
  paperChannelForbidden:
    'Quien está obligado a relacionarse electrónicamente recibe las notificaciones por medios electrónicos.',
  identityNotChecked: 'Diga qué documento ha mostrado y cómo lo ha comprobado.',
  electronicOnly:
    'Está obligada a relacionarse electrónicamente (art. 14.2 de la Ley 39/2015). Se admite, pero se le pedirá que subsane y la fecha de presentación será la de la subsanación (art. 68.4).',
  officerRouteForbidden:
    'Quien está obligado a relacionarse electrónicamente no puede pedir que firme el funcionario. Elija otra forma.',
  officerNotEnabled:
    'Su habilitación no alcanza a firmar por la persona (art. 43). Elija otra forma o pídalo a quien esté habilitado.',
  scannerNotQualified:
    'Se escaneó con un equipo que no pasó su última comprobación: repita sus páginas con otro, o elija «Fotocopia».',
  officerMayNotCopy:
    'Su habilitación no alcanza a expedir copias auténticas (art. 54). Pídalo a quien esté habilitado.',
  meansNotDeclared: 'La persona debe declarar que no dispone de medios electrónicos.',
  procedureElectronicOnly:
    'El procedimiento es solo electrónico. Se admite, pero se le pedirá que lo presente por la sede.',
  unitNotCurrent: 'La unidad ya no existe. Elija la que la sustituye.',
  unitUnknown: 'La unidad no está en el directorio. Elija otra de la lista.',
  commitmentMissing: 'Hay anexos: la persona debe responder de su autenticidad (art. 66.2).',
  applicationMissing: 'Falta la solicitud firmada a mano. Escanéela como «Solicitud».',
  applicationNotSigned: 'Falta la firma de la persona con su tarjeta.',
  documentEmpty: 'El documento no tiene páginas. Escanéelas o quítelo.',
  natureMissing: 'Diga si el papel es original, copia auténtica o fotocopia.',
  pageNotCollated: 'Página sin cotejar.',
  pageRejected: 'Página devuelta: repítala con el escáner.',
  pageWarning: 'Revise la imagen de la página.',
  sheetCountDiffers:
    'No cuadran las hojas: entrega {{sheets}} y hay {{pages}} páginas. Cuéntelas otra vez, corrija el número o escanee lo que falta.',
  typeAsksForProfile:
    'Este tipo documental pide el perfil «{{profile}}», y se escaneó con menos resolución o color. Repita sus páginas o corrija el tipo.',
  consentMissing: 'Falta el consentimiento firmado.',
  consentOutdated: 'El consentimiento es anterior a los últimos cambios. Prepárelo otra vez.',
  requiredDocumentMissing: 'El procedimiento pide «{{title}}».',
  tooManyAnnexes: 'Hay más de cinco anexos. El intercambio entre registros los enviará por el repositorio.',
  annexTooLarge: 'El anexo supera el tamaño del intercambio entre registros.',
  applicationFileMissing: 'Falta el fichero de la solicitud firmada. Incorpórelo como «Solicitud».',
  applicationUnsigned:
    'La solicitud no lleva firma electrónica (art. 66.1). Pida el fichero firmado o elija otra forma de presentarla.',
  applicationSignatureFailed:
    'La firma de la solicitud no es válida y no se puede admitir (art. 70). Quite el fichero y pida otro.',
  annexSignatureFailed: 'La firma de este anexo no es válida. Se admite y queda anotado.',
  signatureIndeterminate:
    'No se ha podido concluir la comprobación de la firma. Se admite y se comprobará otra vez cuando haya línea.',
  signerNotPresenter: 'Quien firma la solicitud no es la persona ni su representante. Compruébelo con ella.',
  fileEncrypted: 'El fichero está protegido con contraseña: no se ha podido analizar su contenido. Pida uno sin ella.',
  fileHasScripts:
    'El PDF lleva guiones de cálculo, como muchos formularios: aquí no se ejecutan. Mire que lo que muestra está completo.',
  representationUnproven: 'Se admite, y hay diez días para acreditar la representación (art. 5.6 de la Ley 39/2015).',
} as const satisfies Record<ProblemCode, string>;
