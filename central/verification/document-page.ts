import { formatOfficialInstant } from '../../core/domain/official-time.ts';
import { admittedFormats } from '../../core/documents/admission/admitted-formats.ts';
import { formatDateTime } from '../../core/documents/spanish-dates.ts';
import type { SignatureVerification } from '../../core/documents/signing/verification-model.ts';
import { describeElaboration, nameDocument, nameOfRole } from './document-words.ts';
import type { DocumentVersion, FoundDocument } from './find-document.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { renderPage } from './layout.ts';
import type { SignatureState } from './signature-state.ts';
import { describeLevel, describeReason, describeSigner, describeVerdict, shortVerdict } from './signature-words.ts';

export type DocumentPage = Readonly<{
  centreName: string;
  document: FoundDocument;
  /** The newest version whose file has arrived, and its signatures now. */
  verified: Readonly<{ version: DocumentVersion; signatures: SignatureState }> | null;
  checkedAt: string;
  pass: string;
}>;

/** What a document is, its record, its signatures now, its files (ordinance art. 56; Ley 39/2015 art. 27). */
export function renderDocumentPage(page: DocumentPage): string {
  const { document, verified, centreName } = page;
  const content = html`<h1>${nameDocument(document)}</h1>
    ${renderQuarantine(document)} ${renderState(document)}
    <dl>
      <dt>Código de verificación</dt>
      <dd class="code">${document.code}</dd>
      <dt>Qué es</dt>
      <dd>${describeElaboration(document)}</dd>
      ${
        document.pageCount === null
          ? null
          : html`<dt>Páginas</dt>
              <dd>${document.pageCount}</dd>`
      }
      <dt>Fecha del documento</dt>
      <dd>${formatDateTime(document.createdAt)}</dd>
      <dt>Asiento de registro</dt>
      <dd class="code">${document.recordNumber}</dd>
      <dt>Presentado el</dt>
      <dd>${formatDateTime(document.presentedAt)}</dd>
      <dt>Registrado el</dt>
      <dd>${formatDateTime(document.recordedAt)}</dd>
      <dt>Oficina</dt>
      <dd>${document.officeName} (${document.officeCode}), ${document.bodyName}</dd>
      <dt>Identificador ENI</dt>
      <dd class="code">${document.eniId}</dd>
    </dl>
    <h2>Firmas</h2>
    ${document.verdict === null ? (verified === null ? renderNotArrived(document) : renderSignatures(page, verified)) : renderBrought(document)}
    <h2>Archivos</h2>
    ${document.versions.length === 0 ? html`<p>Todavía no hay ninguno.</p>` : renderVersions(page)}
    ${document.role === 'receipt' ? renderRelated(page) : null}
    <h2>Otro documento</h2>
    <p><a href="/verificar?pase=${encodeURIComponent(page.pass)}">Verificar otro código</a></p>`;
  return renderPage({ title: `${nameOfRole(document.role)} ${document.recordNumber}`, centreName, content });
}

/** An issued record is never refused, and what is kept in quarantine is vouched for by nobody yet. */
function renderQuarantine({ quarantineReasons }: FoundDocument): Html | null {
  if (quarantineReasons.length === 0) return null;
  const isWithdrawn = quarantineReasons.some((reason) => reason === 'desk.revoked' || reason === 'series.revoked');
  const why = isWithdrawn
    ? 'lo envió un puesto, o lleva un número de una serie, que ya se había dado de baja'
    : 'no cumple alguna de las comprobaciones del registro central';
  return html`<div class="notice error">
    <h2>Asiento en cuarentena</h2>
    <p>El asiento de registro de este documento está pendiente de revisión: ${why}.</p>
    <p>Que aparezca aquí no prueba todavía que sea auténtico. Antes de darlo por bueno, pregunte en la oficina.</p>
  </div>`;
}

function renderState({ recordState }: FoundDocument): Html | null {
  switch (recordState) {
    case 'annulled':
      return html`<div class="notice doubt"><p>El asiento de registro de este documento está anulado.</p></div>`;
    case 'rectified':
      return html`<div class="notice doubt">
        <p>El asiento de registro de este documento fue rectificado por otro posterior.</p>
      </div>`;
    case 'recorded':
    case 'receipted':
      return null;
  }
}

/** What the citizen brought is told as the office found it. */
function renderBrought({ verdict, verifiedAt, versions }: FoundDocument): Html {
  const words =
    verdict === 'indeterminate'
      ? 'No se ha podido concluir la comprobación de la firma. La oficina la repite cuando puede consultar a quien emitió el certificado.'
      : describeVerdict({ verdict: verdict ?? 'no-signature', reasons: [] });
  return html`<p>Este documento lo trajo la persona en un archivo, que se conserva tal como llegó.</p>
    <p class="verdict ${verdict ?? ''}">${words.replace(' El motivo se indica a continuación.', '')}</p>
    ${verifiedAt === null ? null : html`<p>Comprobado por la oficina el ${formatDateTime(verifiedAt)}.</p>`}
    ${
      versions.some(({ hasArrived }) => hasArrived)
        ? null
        : html`<div class="notice doubt"><p>Su archivo todavía no ha llegado a este servicio.</p></div>`
    }`;
}

function renderNotArrived({ role, versions }: FoundDocument): Html {
  const isReceiptToCome = role === 'receipt' && versions.length === 0;
  return html`<div class="notice doubt">
    <p>
      ${isReceiptToCome ? 'El asiento está registrado; su recibo todavía no ha llegado a este servicio.' : 'El documento está registrado, pero su archivo todavía no ha llegado a este servicio.'}
      La oficina lo envía en cuanto tiene línea. Vuelva a consultarlo más tarde; el código no cambia.
    </p>
  </div>`;
}

function renderSignatures(page: DocumentPage, { version, signatures }: NonNullable<DocumentPage['verified']>): Html {
  const isNewest = version === page.document.versions.at(-1);
  const lateNote = isNewest
    ? null
    : html`<p>Hay una versión posterior cuyo archivo todavía no ha llegado; se comprueba la anterior.</p>`;
  if (signatures === null) {
    return html`${lateNote}
      <div class="notice doubt">
        <p>Ahora mismo no se han podido comprobar las firmas. Inténtelo dentro de unos minutos.</p>
      </div>`;
  }
  return html`${lateNote}
    <p class="verdict ${signatures.verdict}">${describeVerdict(signatures)}</p>
    <p>Comprobado el ${formatDateTime(page.checkedAt)}, sobre la versión ${version.position}.</p>
    ${signatures.signatures.length === 0 ? renderReasons(signatures.reasons.map(describeReason)) : null}
    ${signatures.signatures.map((signature, index) => renderSignature(signature, index + 1))}`;
}

function renderSignature(signature: SignatureVerification, place: number): Html {
  const stamps = signature.timestamps.filter((stamp) => stamp.time !== null);
  return html`<h3>Firma ${place}: ${shortVerdict(signature.verdict)}</h3>
    <dl>
      <dt>Firma</dt>
      <dd>${describeSigner(signature.signer)}</dd>
      ${
        signature.issuer === null
          ? null
          : html`<dt>Certificado emitido por</dt>
              <dd>${signature.issuer}</dd>`
      }
      ${
        signature.signingTime === null
          ? null
          : html`<dt>Hora que declara</dt>
              <dd>${formatIfPossible(signature.signingTime)}</dd>`
      }
      <dt>Sellos de tiempo</dt>
      <dd>
        ${
          stamps.length === 0
            ? 'Ninguno'
            : stamps.map(
                ({ time, authority, isIntact }) =>
                  html`<div>
                    ${formatIfPossible(time ?? '')},
                    ${authority ?? 'autoridad desconocida'}${isIntact ? '' : ' (no válido)'}
                  </div>`,
              )
        }
      </dd>
      <dt>Nivel</dt>
      <dd>${describeLevel(signature.level)}</dd>
    </dl>
    ${renderReasons(signature.reasons.map(describeReason))}`;
}

function renderReasons(reasons: readonly string[]): Html | null {
  if (reasons.length === 0) return null;
  return html`<ul>
    ${[...new Set(reasons)].map((reason) => html`<li>${reason}</li>`)}
  </ul>`;
}

function renderVersions({ document, pass }: DocumentPage): Html {
  return html`<ol>
      ${document.versions.map((version) => {
        const name = version.position === 1 ? 'Versión registrada' : `Versión ${version.position}, completada después`;
        const level = document.verdict === null ? `, ${describeLevel(version.signatureLevel)}` : '';
        const details = `${admittedFormats[document.mediaType].name}, ${describeSize(version.byteLength)}${level}`;
        const link = `/verificar/${encodeURIComponent(document.code)}/version/${version.position}?pase=${encodeURIComponent(pass)}`;
        return html`<li>
          ${
            version.hasArrived
              ? html`<a href="${link}">Descargar: ${name} (${details})</a>`
              : html`${name} (${details}): su archivo todavía no ha llegado`
          }
          <br />Fecha: ${formatDateTime(version.createdAt)}. Huella SHA-256: <span class="code">${version.sha256}</span>
        </li>`;
      })}
    </ol>
    ${
      document.signatureSha256 === null
        ? null
        : html`<p>
            <a href="/verificar/${encodeURIComponent(document.code)}/firma?pase=${encodeURIComponent(pass)}"
              >Descargar: Firma que lo acompaña</a
            >. Huella SHA-256: <span class="code">${document.signatureSha256}</span>
          </p>`
    }`;
}

function renderRelated({ document, pass }: DocumentPage): Html {
  return html`<h2>Documentos de esta presentación</h2>
    <ul>
      ${document.related.map(
        ({ role, title, code }) =>
          html`<li>
            <a href="/verificar/${encodeURIComponent(code)}?pase=${encodeURIComponent(pass)}"
              >${nameDocument({ role, title })}</a
            >
            <br /><span class="code">${code}</span>
          </li>`,
      )}
    </ul>`;
}

function describeSize(byteLength: number): string {
  if (byteLength < 1_000_000) return `${Math.max(1, Math.round(byteLength / 1000))} kB`;
  return `${(byteLength / 1_000_000).toFixed(1).replace('.', ',')} MB`;
}

/** In official time; times inside a PDF are whatever its maker wrote. */
function formatIfPossible(time: string): string {
  try {
    return formatDateTime(formatOfficialInstant(new Date(time)));
  } catch {
    return time;
  }
}
