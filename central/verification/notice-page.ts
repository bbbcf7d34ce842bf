import type { CentreErrorCode } from '../centre-error.ts';
import { html } from './html.ts';
import { renderPage } from './layout.ts';

/** A right code of which nothing is known: it may be minutes away. Never that it is false. */
export function renderUnknownPage(page: Readonly<{ centreName: string; code: string; pass: string }>): string {
  const content = html`<h1>Este código todavía no se ha recibido o no existe</h1>
    <p>
      El código <span class="code">${page.code}</span> está bien escrito, pero este servicio no tiene ningún documento
      con él.
    </p>
    <p>
      Las oficinas pueden registrar sin línea: el documento llega aquí cuando la oficina vuelve a conectarse. Esto no
      significa que el documento sea falso.
    </p>
    <h2>Qué puede hacer</h2>
    <ul>
      <li>Compare el código con el del pie del documento.</li>
      <li>Si se lo acaban de entregar, vuelva a consultarlo dentro de unas horas o al día siguiente.</li>
      <li>Si pasan varios días, pregunte en la oficina cuyo nombre figura en el documento.</li>
    </ul>
    <p><a href="/verificar?pase=${encodeURIComponent(page.pass)}">Verificar otro código</a></p>`;
  return renderPage({ title: 'Código no recibido', centreName: page.centreName, content });
}

export function renderErrorPage(centreName: string, code: CentreErrorCode): string {
  const { heading, text } = wordsOf(code);
  const content = html`<h1>${heading}</h1>
    <p>${text}</p>
    <p><a href="/verificar">Verificar un documento</a></p>`;
  return renderPage({ title: heading, centreName, content });
}

function wordsOf(code: CentreErrorCode): Readonly<{ heading: string; text: string }> {
  switch (code) {
    case 'request.tooMany':
      return {
        heading: 'Demasiadas consultas seguidas',
        text: 'Espere un minuto y vuelva a intentarlo. El límite protege el servicio de los programas automáticos.',
      };
    case 'request.notFound':
    case 'blob.notFound':
      return {
        heading: 'Aquí no hay nada',
        text: 'La dirección no existe o su archivo todavía no ha llegado. Verifique el código desde el principio.',
      };
    case 'request.invalid':
    case 'request.tooLarge':
      return {
        heading: 'No se ha entendido la petición',
        text: 'Vuelva a empezar la verificación y escriba el código del documento.',
      };
    default:
      return {
        heading: 'El servicio no está disponible en este momento',
        text: 'Inténtelo dentro de unos minutos. Los documentos y sus códigos no cambian.',
      };
  }
}
