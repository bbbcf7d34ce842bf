import { html } from './html.ts';
import type { Html } from './html.ts';
import { renderPage } from './layout.ts';
import type { Question } from './person-check.ts';
import type { TypedCode } from './typed-code.ts';

export type FormProblem = Readonly<{ field: 'codigo' | 'respuesta'; text: string }>;

export type FormPage = Readonly<{
  centreName: string;
  code: string;
  problems: readonly FormProblem[];
  /** Null: this person answered one already, as the pass says. */
  question: Question | null;
  pass: string | null;
}>;

/** Where a person types the code of a document. */
export function renderFormPage(page: FormPage): string {
  const { problems, question, pass, centreName } = page;
  const title = problems.length === 0 ? 'Verificar un documento' : 'Error: verificar un documento';
  const content = html`<h1>Verificar un documento</h1>
    ${problems.length === 0 ? null : renderSummary(problems)}
    <p>
      Aquí puede comprobar que un documento entregado por el registro es auténtico, ver el estado de sus firmas y
      descargarlo. Necesita el <strong>código seguro de verificación</strong>, que está al pie de cada página.
    </p>
    <form method="post" action="/verificar">
      ${renderField({
        name: 'codigo',
        label: 'Código seguro de verificación',
        help: 'Da igual escribirlo en mayúsculas o minúsculas, con guiones, con espacios o seguido. No lleva los signos 0, O, 1, I ni L.',
        value: page.code,
        className: 'code',
        problems,
      })}
      ${
        question === null
          ? null
          : html`${renderField({
                name: 'respuesta',
                label: question.text,
                help: 'Escriba solo esa palabra. Sirve para saber que consulta una persona y no un programa. Si recarga la página, la pregunta cambia.',
                value: '',
                className: '',
                problems,
              })} <input type="hidden" name="pregunta" value="${question.token}" />`
      }
      ${pass === null ? null : html`<input type="hidden" name="pase" value="${pass}" />`}
      <button type="submit">Verificar</button>
    </form>`;
  return renderPage({ title, centreName, content });
}

function renderSummary(problems: readonly FormProblem[]): Html {
  return html`<div class="notice error" role="alert">
    <h2>Hay que corregir algo</h2>
    <ul>
      ${problems.map(({ field, text }) => html`<li><a href="#${field}">${text}</a></li>`)}
    </ul>
  </div>`;
}

type Field = Readonly<{
  name: FormProblem['field'];
  label: string;
  help: string;
  value: string;
  className: string;
  problems: readonly FormProblem[];
}>;

function renderField({ name, label, help, value, className, problems }: Field): Html {
  const problem = problems.find(({ field }) => field === name);
  const described = problem === undefined ? `${name}-ayuda` : `${name}-error ${name}-ayuda`;
  return html`<div class="field">
    <label for="${name}">${label}</label>
    <p class="help" id="${name}-ayuda">${help}</p>
    ${problem === undefined ? null : html`<p class="error" id="${name}-error">${problem.text}</p>`}
    <input
      type="text"
      id="${name}"
      name="${name}"
      value="${value}"
      class="${className}"
      aria-describedby="${described}"
      aria-invalid="${problem === undefined ? 'false' : 'true'}"
      maxlength="200"
      autocomplete="off"
      autocapitalize="off"
      spellcheck="false"
      required
    />
  </div>`;
}

/** What to do about something that is not a code; null when it is one. */
export function describeTypedCode(typed: TypedCode): string | null {
  switch (typed.kind) {
    case 'code':
      return null;
    case 'empty':
      return 'Escriba el código que figura al pie del documento.';
    case 'incomplete':
      return typed.length < typed.expected
        ? `Al código le faltan signos: ha escrito ${typed.length} y, sin contar las letras del principio, tiene ${typed.expected}.`
        : `Al código le sobran signos: ha escrito ${typed.length} y, sin contar las letras del principio, tiene ${typed.expected}.`;
    case 'mistyped':
      return typed.group === null
        ? 'El código tiene más de un signo equivocado. Cotéjelo con el del documento grupo a grupo.'
        : `Revise el grupo ${typed.group.place} del código, contado después de las letras del principio: ha escrito «${typed.group.signs}» y algún signo no coincide.`;
  }
}
