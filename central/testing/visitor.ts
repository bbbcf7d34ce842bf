/** A person at the verification page, without a browser: reads the form and answers its question. */
export type Visitor = Readonly<{
  /** What is shown after following redirects, from the first visit or with the pass that it gave. */
  verify(code: string): Promise<Shown>;
  open(path: string): Promise<Shown>;
  submit(fields: Readonly<Record<string, string>>): Promise<Shown>;
}>;

export type Shown = Readonly<{ status: number; url: string; text: string; headers: Headers }>;

const answers: Readonly<Record<string, readonly string[]>> = {
  'un color': ['azul', 'verde', 'rojo', 'blanco', 'negro', 'amarillo'],
  'un día de la semana': ['lunes', 'martes', 'jueves', 'viernes', 'sábado', 'domingo'],
  'un animal': ['gato', 'perro', 'caballo', 'vaca', 'oveja', 'gallina'],
  'un mes del año': ['enero', 'marzo', 'abril', 'junio', 'agosto', 'octubre'],
  'un mueble': ['mesa', 'silla', 'cama', 'armario', 'sofá', 'estantería'],
  'una fruta': ['manzana', 'pera', 'plátano', 'uva', 'melón', 'cereza'],
};

/** `centreUrl`: asked for each request; several instances may stand behind it. */
export function createVisitor(centreUrl: string | (() => string)): Visitor {
  const addressOf = typeof centreUrl === 'string' ? () => centreUrl : centreUrl;
  async function show(path: string, options: RequestInit = {}): Promise<Shown> {
    const response = await fetch(new URL(path, addressOf()), { ...options, redirect: 'manual' });
    const target = response.headers.get('location');
    if (response.status === 303 && target !== null) return show(target);
    return { status: response.status, url: response.url, text: await response.text(), headers: response.headers };
  }
  const submit = (fields: Readonly<Record<string, string>>) =>
    show('/verificar', { method: 'POST', body: new URLSearchParams(fields) });
  return {
    open: (path) => show(path),
    submit,
    async verify(code) {
      const { text } = await show('/verificar');
      return submit({ codigo: code, respuesta: answerQuestion(text), pregunta: readHidden(text, 'pregunta') });
    },
  };
}

/** The word that the form asks for. */
export function answerQuestion(page: string): string {
  const question = /¿cuál es (?<kind>[^:]+): (?<words>[^?]+)\?/u.exec(page)?.groups;
  const words = question?.['words']?.split(/, | o /u) ?? [];
  const word = words.find((candidate) => answers[question?.['kind'] ?? '']?.includes(candidate));
  if (word === undefined) throw new Error('the form asks something else');
  return word;
}

export function readHidden(page: string, name: string): string {
  const value = new RegExp(`name="${name}" value="([^"]*)"`, 'u').exec(page)?.[1];
  if (value === undefined) throw new Error(`the form has no ${name}`);
  return value;
}
