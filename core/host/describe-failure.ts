import { CommandFailure, describeFileFailure, readSystemError } from '../contract/command-failure.ts';
import { AppError } from '../contract/errors.ts';
import type { ErrorCode } from '../contract/errors.ts';

/*
 * What an administrator is told at a command line, with the next step. The window has sentences of its own, for officers: what
 * they are to ask an administrator for stands here.
 */
const sentences: Partial<Record<ErrorCode, string>> = {
  'request.cancelled': 'Se ha cancelado. Lo que había antes sigue como estaba; puede repetirlo cuando quiera.',
  'desk.notOpened': 'En esa carpeta no hay ningún puesto. Compruebe la ruta, o recupérelo con «desk restore».',
  'desk.passphraseIncorrect':
    'La frase de paso no es correcta. Escríbala otra vez, con sus espacios y mayúsculas, en una línea de la entrada estándar.',
  'desk.recoveryKeyIncorrect':
    'Esa clave de recuperación no es la que corresponde. Cópiela otra vez del papel, grupo a grupo.',
  'desk.alreadyOpen': 'Otro programa tiene abierto el puesto. Ciérrelo y repítalo.',
  'desk.diskFull': 'No queda sitio en el disco del puesto. Libere espacio y repítalo.',
  'desk.commitUncertain':
    'El disco del puesto no ha confirmado que esté guardado. Compruebe el disco y repítalo; si vuelve a pasar, cámbielo.',
  'desk.storeDamaged':
    'No se puede leer o escribir en la carpeta del puesto, o sus datos están dañados. Compruebe el disco y los permisos; si están bien, recupere el puesto de una copia en otra carpeta.',
  'backup.targetInvalid':
    'Esa carpeta no sirve para la copia: indique con --to una de otro disco, fuera de la del puesto.',
  'backup.targetGone':
    'No se llega a la carpeta de la copia. Compruebe que existe, que el disco está conectado y que se puede leer y escribir, y repítalo.',
  'backup.targetFull': 'No queda sitio en el disco de la copia. Use otro o libere espacio en él, y repítalo.',
  'backup.busy': 'Ya se está haciendo una copia. Espere a que termine y repítalo.',
  'backup.notFound':
    'En esa carpeta no hay ninguna copia completa de un puesto. Indique con --from la carpeta que se dio para las copias.',
  'backup.damaged':
    'La copia está dañada o la han cambiado y no se usa. Indique con --from la carpeta de una anterior, dentro de «copies».',
  'sync.offline': 'No hay línea con el registro central de los ajustes. Compruebe la línea y su dirección, y repítalo.',
  'sync.enrolmentCodeInvalid':
    'Ese código de alta no vale: está mal escrito, ya se usó, ha caducado o es de otro puesto. Cópielo otra vez o pida uno nuevo a la administración del registro central.',
  'sync.refused':
    'El registro central no da de alta este puesto. Compruebe la clave de recuperación y pregunte a la administración del registro central.',
  'sync.centreFailed': 'El registro central ha fallado. Espere unos minutos y repítalo con un código de alta nuevo.',
  'sync.signatureInvalid':
    'La respuesta no es de un registro central de fiar y se ha descartado. Compruebe su dirección en los ajustes.',
};

/** One or two sentences. What nobody foresaw says by which code support finds it. */
export function describeFailure(error: unknown): string {
  if (error instanceof CommandFailure) return error.message;
  if (error instanceof AppError) {
    if (error.code === 'desk.alreadyOpen' && error.details['reason'] === 'exists')
      return 'En la carpeta del puesto ya hay uno y no se toca. Indique otra carpeta en los ajustes, o aparte la que hay.';
    return sentences[error.code] ?? unforeseen(error.code);
  }
  return describeFileFailure(error) ?? unforeseen(readSystemError(error).code);
}

function unforeseen(code: string): string {
  return `Algo ha fallado dentro del programa. Repítalo y, si vuelve a pasar, avise a soporte${code === '' ? '' : ` con este código: ${code}`}.`;
}
