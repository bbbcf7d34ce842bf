/** Something that only a command knows, in the administrator's words. */
export class CommandFailure extends Error {
  constructor(sentence: string, options: { cause?: unknown } = {}) {
    super(sentence, options);
    this.name = 'CommandFailure';
  }
}

/** What of the file system a person can do something about, by the codes of the operating system. */
const fileSentences: Readonly<Record<string, string>> = {
  ENOENT: 'no existe. Compruebe la ruta.',
  ENOTDIR: 'no existe. Compruebe la ruta.',
  EEXIST: 'ya existe y no se cambia. Elija otro nombre.',
  EISDIR: 'es una carpeta. Indique un archivo.',
  EACCES: 'no se puede leer o escribir con este usuario. Compruebe los permisos.',
  EPERM: 'no se puede leer o escribir con este usuario. Compruebe los permisos.',
  EROFS: 'está en un disco de solo lectura. Elija otro.',
  ENOSPC: 'no cabe en su disco. Libere espacio y repítalo.',
  EIO: 'no se puede leer o escribir: su disco falla. Use otro.',
};

/** `code` and `path` of an error of the operating system; empty where it says none. */
export function readSystemError(error: unknown): Readonly<{ code: string; path: string }> {
  if (!(error instanceof Error)) return { code: '', path: '' };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  const path = 'path' in error && typeof error.path === 'string' ? error.path : '';
  return { code, path };
}

/** The file and what to do, in a sentence or two; null where `error` is of no file. */
export function describeFileFailure(error: unknown): string | null {
  const { code, path } = readSystemError(error);
  const sentence = fileSentences[code];
  if (sentence === undefined) return null;
  return `${path === '' ? 'Lo que se ha indicado' : `«${path}»`} ${sentence}`;
}
