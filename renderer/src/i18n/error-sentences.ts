import type { ErrorCode } from '../../../core/contract/errors.ts';

/**
 * What happened and the next step, one sentence or two for each code. `{{tries}}` is «Queda 1 intento.» where the error
 * says how many are left.
 */
export const errorSentences = {
  'request.invalid': 'El programa ha enviado un dato que no se admite. Revise lo último que ha escrito y repítalo.',
  'request.unknownMethod': 'La ventana y el programa son de versiones distintas. Cierre Ventanilla y vuelva a abrirla.',
  'request.notAllowed': 'Su perfil no permite esta actuación. Pídasela a quien esté habilitado.',
  'request.cancelled': 'Se ha cancelado. Puede repetirlo cuando quiera.',
  'internal.unexpected':
    'Algo ha fallado dentro del programa. Repítalo y, si vuelve a pasar, avise a soporte con el número.',
  'internal.servicesGone': 'El programa se ha detenido. Lo hecho está guardado: vuelva a conectar.',
  'desk.notOpened': 'El puesto está cerrado. Escriba la frase de paso para abrirlo.',
  'desk.passphraseIncorrect': 'La frase de paso no es correcta. Escríbala otra vez, con sus espacios y mayúsculas.',
  'desk.recoveryKeyIncorrect':
    'Esa clave de recuperación no es la que corresponde. Cópiela otra vez del papel, grupo a grupo.',
  'desk.revoked':
    'El registro central ha retirado este puesto. Siga en el libro de emergencia; para volver a darlo de alta, pida un código a su administración y tenga a mano la clave de recuperación.',
  'backup.targetInvalid': 'Esa carpeta no sirve para la copia. Escriba la ruta completa de otro disco.',
  'backup.targetGone':
    'No se llega a la carpeta de la copia. Compruebe que el disco está conectado y admite escritura, y repítalo.',
  'backup.targetFull': 'No queda sitio en el disco de la copia. Use otro o libere espacio en él, y repítalo.',
  'backup.busy': 'Ahora mismo no se puede hacer la copia. Espere un momento y repítalo.',
  'backup.notFound': 'En esa carpeta no hay ninguna copia completa de un puesto. Elija otra carpeta.',
  'backup.damaged':
    'La copia está dañada o la han cambiado y no se usa. Pruebe con una copia anterior o avise a soporte.',
  'desk.alreadyOpen': 'El puesto ya está abierto. Siga con su trabajo.',
  'desk.commitUncertain':
    'El disco no ha confirmado que lo último esté guardado. Compruebe si está y, si no, repítalo. Si vuelve a pasar, no siga registrando y avise a soporte.',
  'desk.diskFull':
    'No queda sitio en el disco y no se ha guardado lo último. Avise a soporte para liberar espacio y repítalo.',
  'desk.storeDamaged': 'Los datos guardados en este puesto están dañados. No siga registrando y avise a soporte.',
  'session.notSignedIn': 'Nadie se ha identificado en el puesto. Inserte su tarjeta y escriba el PIN.',
  'session.locked': 'El puesto está bloqueado. Inserte su tarjeta y escriba el PIN.',
  'session.officerUnknown':
    'El certificado es de una persona que no figura en el directorio de la oficina. Use otra tarjeta o avise a quien administra el directorio.',
  'session.certificateNotAccepted':
    'Ese certificado no sirve para trabajar en este puesto. Elija el de empleado público.',
  'session.certificateExpired': 'El certificado de la tarjeta está caducado. Use otra tarjeta y pida la renovación.',
  'session.otherOfficer':
    'La tarjeta es de otra persona. Inserte la tarjeta de quien abrió la sesión o cierre la sesión.',
  'card.absent': 'No hay tarjeta en el lector. Insértela con el chip hacia dentro.',
  'card.removed': 'Se ha retirado la tarjeta a mitad de la operación y no se ha completado. Insértela y repítalo.',
  'card.readerAbsent': 'No se encuentra el lector de tarjetas. Conéctelo y espere unos segundos.',
  'card.pinIncorrect': 'El PIN no es correcto. {{tries}} Escríbalo despacio.',
  'card.pinLastTry':
    'Queda un solo intento antes de que la tarjeta se bloquee. Si no está seguro del PIN, no lo escriba y pida ayuda.',
  'card.pinLocked':
    'El PIN de la tarjeta está bloqueado. Desbloquéelo con su PUK en un punto de actualización o use otra tarjeta.',
  'card.pinExpired': 'El PIN de la tarjeta ha caducado. Cámbielo con el programa de su tarjeta y vuelva a intentarlo.',
  'card.pinCancelled': 'No se llegó a escribir el PIN. Pulse el botón y escríbalo cuando se lo pida el lector.',
  'card.pinTimedOut':
    'El lector ha dejado de esperar el PIN. Pulse el botón y escríbalo en el teclado del lector antes de que acabe el tiempo.',
  'card.pinLength': 'El PIN no tiene la longitud que pide la tarjeta. Escríbalo completo.',
  'card.busy': 'Otro programa está usando la tarjeta. Ciérrelo y repítalo.',
  'card.noCertificate': 'La tarjeta no contiene un certificado que sirva. Compruebe que es la tarjeta de empleado.',
  'card.certificateExpired': 'El certificado de la tarjeta está caducado. Use otra tarjeta y pida la renovación.',
  'card.moduleCrashed': 'El programa de la tarjeta ha fallado y se está reiniciando. Espere unos segundos y repítalo.',
  'card.moduleMissing': 'Falta el programa que entiende esta tarjeta. Avise a soporte para instalarlo.',
  'card.timedOut': 'La tarjeta no responde. Retírela, vuelva a insertarla y repítalo.',
  'card.failed': 'La tarjeta ha fallado. Retírela, límpiele el chip, insértela y repítalo.',
  'seal.locked':
    'El sello del órgano está cerrado. Ábralo con su PIN, o pídalo a quien pueda, desde «Sello» en la barra inferior.',
  'seal.absent':
    'En esta oficina no hay sello del órgano. El justificante lo firma usted y el sello llegará del registro central.',
  'scanner.absent': 'No se encuentra ningún escáner. Enciéndalo, conéctelo y repítalo.',
  'scanner.noDocuments': 'No hay papel en el alimentador. Colóquelo y pulse «Escanear» otra vez.',
  'scanner.jam': 'Se ha atascado el papel. Abra el escáner, retírelo con cuidado y repita desde esa página.',
  'scanner.doubleFeed': 'Han entrado dos hojas a la vez. Sepárelas, colóquelas y repita desde esa página.',
  'scanner.coverOpen': 'La tapa del escáner está abierta. Ciérrela y repítalo.',
  'scanner.busy': 'El escáner está ocupado con otro trabajo. Espere a que termine y repítalo.',
  'scanner.offline': 'El escáner está apagado o sin red. Enciéndalo y repítalo.',
  'scanner.disconnected': 'El escáner se ha desconectado. Las páginas que llegaron están guardadas: conéctelo y siga.',
  'scanner.outOfMemory': 'El escáner se ha quedado sin memoria. Escanee menos hojas de una vez.',
  'scanner.accessDenied': 'El sistema no deja usar el escáner. Avise a soporte para dar permiso a este puesto.',
  'scanner.untrusted':
    'El certificado del escáner de red no es el que este puesto conoce. No lo use y avise a soporte para que lo compruebe.',
  'scanner.imageEmpty':
    'El escáner ha devuelto una imagen vacía. Compruebe que el papel está bien colocado y repítalo.',
  'scanner.imageTruncated': 'La imagen ha llegado incompleta y se ha descartado. Repita esa página.',
  'scanner.pageRepeated':
    'El escáner ha enviado dos veces la misma página y solo se ha guardado una. Coloque las hojas que faltan y siga.',
  'scanner.optionNotHonoured':
    'El escáner no admite lo que pide el perfil y no se ha escaneado nada. Elija otro perfil.',
  'scanner.noPreview':
    'Antes de escanear solo se puede ver lo que está en el cristal. Ponga ahí el papel y elija un perfil de cristal, o escanee.',
  'scanner.cancelled':
    'Se ha parado el escáner. Las páginas que llegaron están guardadas; para las demás, vuelva a escanear.',
  'scanner.timedOut': 'El escáner no responde. Apáguelo, enciéndalo y repítalo.',
  'scanner.driverCrashed': 'El programa del escáner ha fallado y se está reiniciando. Espere unos segundos y repítalo.',
  'scanner.diskFull':
    'No queda sitio en el disco y se ha parado el escáner. Las páginas que han pasado están guardadas: no las escanee otra vez. Avise a soporte para liberar espacio y siga con las que quedan en el alimentador.',
  'scanner.failed': 'El escáner ha fallado. Compruebe el papel y los cables y repítalo.',
  'scanner.notQualified':
    'El escáner no pasó su última comprobación y no sirve para copias auténticas. Compruébelo otra vez en «Escáner» o use otro.',
  'profile.invalid': 'El perfil de digitalización no es válido. Elija otro y avise a soporte.',
  'qualification.sheetNotFound':
    'No se encuentra la hoja de prueba en lo escaneado. Imprímala, colóquela con lo impreso hacia donde lee el escáner y repítalo.',
  'qualification.sheetAskew': 'La hoja de prueba ha entrado torcida o atravesada. Colóquela recta y de pie y repítalo.',
  'qualification.sheetUnusable':
    'La hoja de prueba está incompleta, manchada o mal impresa. Imprima otra al 100 % y repítalo.',
  'image.unreadable': 'No se puede leer la imagen de una página. Repita esa página.',
  'image.tooLarge': 'La página es demasiado grande. Escanéela con un perfil de menor resolución.',
  'image.failed': 'No se ha podido preparar la imagen de una página. Repita esa página.',
  'attention.notFound': 'Esa atención ya no existe. Vuelva al inicio y abra otra.',
  'attention.closed': 'Esa atención está cerrada y no se puede cambiar. Búsquela en «Registros».',
  'attention.alreadyOpen': 'Hay otra atención abierta en este puesto. Termínela o déjela antes de abrir otra.',
  'attention.incomplete': 'Faltan datos para seguir. Complete lo que se indica en esta pantalla.',
  'attention.stageNotReady': 'Todavía no se puede pasar a esa etapa. Complete antes lo que falta en las anteriores.',
  'attention.changedSinceReview': 'Algo ha cambiado desde que lo revisó. Revíselo otra vez y repita la firma.',
  'consent.notOffered':
    'La firma por el funcionario no se ofrece en este caso. Elija otra forma de firmar la solicitud.',
  'consent.missing': 'Falta el consentimiento firmado. Imprímalo, que lo firme la persona y escanéelo.',
  'consent.outdated':
    'La solicitud o las copias han cambiado después del consentimiento. Prepárelo de nuevo y que lo firme otra vez.',
  'collation.flagUnanswered':
    'La máquina señala algo en esta página. Mírelo en el papel y conteste antes de confirmarla.',
  'document.notFound': 'Ese documento ya no está. Revise la lista de documentos.',
  'document.empty': 'Hay un documento sin páginas. Escanee sus páginas o quítelo.',
  'document.unreadable': 'No se puede leer el documento. Escanéelo otra vez.',
  'document.encrypted': 'El documento está protegido con contraseña. Pida una copia sin ella.',
  'document.tooLarge': 'El documento es demasiado grande. Divídalo en dos.',
  'file.empty': 'El fichero está vacío. Elija otro o pida que lo graben de nuevo.',
  'file.tooLarge': 'El fichero supera {{megabytes}} MB. Pida que lo dividan o que lo presenten por la sede.',
  'file.torn': 'El fichero ha llegado incompleto. Elíjalo otra vez.',
  'file.notStaged': 'El fichero ya no está a mano. Elíjalo otra vez.',
  'file.notAdmitted':
    'El fichero no se puede admitir (arts. 53, 70 y 71 de la Ordenanza). Entregue la comunicación con el motivo y pida otro.',
  'file.alreadyBrought': 'Ese fichero ya está en esta atención. Elija otro.',
  'file.applicationRoute':
    'Un fichero solo puede ser la solicitud si se presenta ya firmada. Elija esa forma en «Solicitud» o incorpórelo como anexo.',
  'file.notComparable':
    'No se puede cotejar: el fichero no es un PDF ni una imagen, o está dañado. Pida otro, o quédese con la digitalización.',
  'file.pageNotDrawn':
    'No se puede cotejar: la página {{page}} del fichero no se ha podido dibujar (está dañada, o pide demasiado tiempo o memoria). Pida sus páginas como imágenes, o quédese con la digitalización.',
  'file.pageCountDiffers':
    'El fichero tiene {{file}} páginas y del papel se han digitalizado {{paper}}. Digitalice lo que falta, quite lo que sobra o quédese con la digitalización.',
  'file.standsForPaper':
    'Las páginas de este documento son las del fichero cotejado. Para cambiarlas, elija antes «Quedarse con la digitalización».',
  'file.mayNotStand':
    'El fichero no puede ser la copia: no llega a la calidad del perfil o las páginas ya no son las que se compararon. Quédese con la digitalización o compárelo otra vez.',
  'file.applicationRefused':
    'La firma de la solicitud no es válida y no se admite (art. 70). Entregue la comunicación con los motivos para que la subsane.',
  'refusal.notGrounded': 'No hay motivo para no admitir ese fichero. Incorpórelo.',
  'refusal.notFound': 'Esa incidencia no está en este puesto. Revise la lista.',
  'page.notFound': 'Esa página ya no está. Revise el documento.',
  'signature.failed': 'La firma no se ha completado y no se ha registrado nada. Compruebe la tarjeta y repítalo.',
  'signature.nothingToSign': 'No queda nada por firmar. Vuelva a entrar en la etapa «Firma».',
  'signature.keyMismatch':
    'La clave de la tarjeta no corresponde a su certificado. Use otra tarjeta y avise a soporte.',
  'timestamp.unavailable':
    'No hay sello de tiempo ahora. No hace falta esperar: se añadirá solo cuando vuelva la línea.',
  'timestamp.rejected':
    'La autoridad de sellado de tiempo ha rechazado la petición. Siga trabajando y avise a soporte.',
  'revocation.unavailable':
    'No se ha podido consultar si el certificado sigue vigente. Se consultará solo cuando vuelva la línea.',
  'revocation.rejected':
    'La respuesta sobre la vigencia del certificado no es válida. Siga trabajando y avise a soporte.',
  'revocation.revoked': 'El certificado está revocado. No se puede firmar con él: use otra tarjeta.',
  'record.notFound': 'No se encuentra ese asiento. Compruebe el número.',
  'record.alreadyRegistered': 'Esta atención ya está registrada. Pase a la entrega.',
  'record.seriesClosed': 'La numeración de este puesto está cerrada. Avise a la supervisión antes de registrar.',
  'record.numberUnavailable':
    'Este puesto no tiene numeración asignada. Conéctelo al registro central o avise a soporte.',
  'clock.wentBack':
    'El reloj del puesto se ha atrasado y no se puede registrar. Corrija la hora del equipo y repítalo.',
  'clock.jumpedForward':
    'El reloj del puesto ha dado un salto. Compruebe fecha y hora y pida a la supervisión su conformidad en «Reloj», abajo.',
  'receipt.notReady': 'El justificante todavía se está preparando. Espere unos segundos.',
  'recognition.programMissing':
    'El texto de los papeles no se reconoce: falta el programa Tesseract en este puesto. Pida a soporte que lo instale. Todo lo demás funciona igual.',
  'recognition.languageMissing':
    'El texto de los papeles no se reconoce: faltan a Tesseract los datos de un idioma. Pida a soporte que los instale. Todo lo demás funciona igual.',
  'recognition.timedOut': 'El texto de una página no se ha podido reconocer a tiempo. La copia vale igual.',
  'recognition.failed': 'El texto de una página no se ha podido reconocer. La copia vale igual.',
  'printer.absent': 'No se encuentra la impresora. Enciéndala o elija otra.',
  'printer.failed': 'No se ha podido imprimir. Compruebe el papel de la impresora y repítalo.',
  'blob.notFound': 'No se encuentra ese fichero en el puesto. Avise a soporte con el número.',
  'blob.atCentre':
    'Ese documento ya no está en este puesto: lo guarda el registro central. Búsquelo allí con su código.',
  'blob.damaged': 'El fichero guardado está dañado y no se muestra. Avise a soporte con el número.',
  'export.failed': 'No se han podido guardar los documentos en la carpeta. Compruebe que hay sitio y repítalo.',
  'sync.offline': 'No hay línea con el registro central. Siga trabajando: se enviará solo cuando vuelva.',
  'sync.refused': 'El registro central no admite este puesto. Siga registrando y avise a soporte.',
  'sync.enrolmentCodeInvalid':
    'Ese código de alta no vale: está mal escrito, ya se usó, ha caducado o es de otro puesto. Cópielo otra vez o pida uno nuevo a la administración del registro central.',
  'sync.forked':
    'La numeración no coincide con la del registro central y el envío se ha detenido. Avise a soporte hoy mismo.',
  'sync.gap': 'Al registro central le falta un asiento anterior. Se reenviará solo: no tiene que hacer nada.',
  'sync.centreFailed': 'El registro central ha fallado al recibir. Se volverá a intentar solo.',
  'sync.signatureInvalid': 'La respuesta del registro central no es de fiar y se ha descartado. Avise a soporte.',
  'reference.signatureInvalid':
    'Los catálogos recibidos no llevan una firma válida y no se usan. Siga con los anteriores y avise a soporte.',
  'reference.notFound': 'Ese dato no está en los catálogos del puesto. Elija otro de la lista.',
  'identifier.invalid': 'El número de identificación no es válido. Compruebe cifras y letra.',
  'job.notFound': 'Ese trabajo ya ha terminado. Vuelva a entrar en la etapa para ver cómo quedó.',
} as const satisfies Record<ErrorCode, string>;
