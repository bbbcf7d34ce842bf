import { html } from './html.ts';
import type { Html } from './html.ts';

/** A whole page. Nothing of it comes from elsewhere, nothing of it is a script. */
export function renderPage(page: Readonly<{ title: string; centreName: string; content: Html }>): string {
  const { markup } = html`<html lang="es">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="robots" content="noindex" />
      <title>${page.title} · ${page.centreName}</title>
      <link rel="stylesheet" href="/verificar/estilo.css" />
    </head>
    <body>
      <a class="skip" href="#contenido">Ir al contenido</a>
      <header>
        <p>${page.centreName}</p>
        <nav aria-label="Principal"><a href="/verificar">Verificar un documento</a></nav>
      </header>
      <main id="contenido" tabindex="-1">${page.content}</main>
      <footer>
        <p>
          Servicio de verificación de documentos por código seguro (artículo 27.3.c de la Ley 39/2015). No usa cookies
          ni guarda quién consulta.
        </p>
      </footer>
    </body>
  </html>`;
  return `<!doctype html>\n${markup}`;
}

export const styleSheet = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ground: #f3f5f7; --ink: #17212b; --soft: #45525f; --line: #808b96; --accent: #0b4f8a;
  --good: #14602f; --doubt: #7a4a00; --bad: #a01722;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #1a2128; --ground: #11161b; --ink: #eef2f5; --soft: #bcc7d1; --line: #7c8894; --accent: #8fc5f7;
    --good: #85d8a0; --doubt: #f2c178; --bad: #ff9da4;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.55 system-ui, "Noto Sans", sans-serif; }
header, main, footer { max-width: 52rem; margin: 0 auto; padding: 1rem 1.25rem; }
header { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .5rem 2rem; border-bottom: 1px solid var(--line); }
header p { margin: 0; font-weight: 700; }
main { background: var(--paper); padding-block: 1.5rem 2.5rem; }
main:focus { outline: none; }
footer { color: var(--soft); font-size: .9rem; }
h1 { margin: 0 0 1rem; font-size: 1.6rem; line-height: 1.25; }
h2 { margin: 2.25rem 0 .5rem; font-size: 1.2rem; }
h3 { margin: 1.25rem 0 .25rem; font-size: 1.05rem; }
a { color: var(--accent); text-underline-offset: .15em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: .5rem; background: var(--paper); padding: .5rem 1rem; }
.code { font-family: ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.field { margin: 1.5rem 0; }
.field label { display: block; font-weight: 700; }
.field .help { margin: 0 0 .35rem; color: var(--soft); }
.field .error { margin: 0 0 .35rem; color: var(--bad); font-weight: 700; }
input[type="text"] { width: 100%; max-width: 34rem; padding: .65rem .75rem; font: inherit; color: inherit; background: var(--paper); border: 2px solid var(--line); border-radius: 4px; }
input[aria-invalid="true"] { border-color: var(--bad); }
button { min-height: 2.75rem; padding: .5rem 1.5rem; font: inherit; font-weight: 700; color: var(--paper); background: var(--accent); border: 2px solid var(--accent); border-radius: 4px; cursor: pointer; }
.notice { margin: 1rem 0; padding: .75rem 1rem; border: 1px solid var(--line); border-left: .4rem solid var(--accent); }
.notice > :first-child { margin-top: 0; } .notice > :last-child { margin-bottom: 0; }
.notice h2 { font-size: 1.1rem; }
.notice.error { border-left-color: var(--bad); } .notice.doubt { border-left-color: var(--doubt); }
dl { display: grid; grid-template-columns: minmax(9rem, 14rem) 1fr; gap: .35rem 1.25rem; margin: .75rem 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
.verdict { font-weight: 700; } .passed { color: var(--good); } .indeterminate, .no-signature { color: var(--doubt); } .failed { color: var(--bad); }
li { margin: .4rem 0; }
@media (max-width: 34rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .6rem; } }
`;
