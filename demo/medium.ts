import { createPrivateKey, sign } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { loadDocumentAssets } from '../core/documents/assets.ts';
import type { DocumentAssets } from '../core/documents/assets.ts';
import { createFontSet } from '../core/documents/pdf/canvas.ts';
import { layOutPages, pageHeight, pageWidth } from '../core/documents/pdf/layout.ts';
import { writePdfa } from '../core/documents/pdf/pdfa-writer.ts';
import { signPdf } from '../core/documents/signing/pades.ts';
import type { Pki } from './pki/ensure-pki.ts';
import { citizen, town } from './town.ts';

const margin = 70;

/**
 * What the citizen of the demonstration brings on a memory stick, in `folder`: an application that they signed at home, the same
 * one altered afterwards, a report without signature, and a program that calls itself a document. Made anew at each start, since
 * the certificates may be new ones.
 */
export async function writeMedium(folder: string, pki: Pki): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const assets = loadDocumentAssets();
  const name = `${citizen.givenName} ${citizen.firstSurname} ${citizen.secondSurname}`;
  const signed = await signAsCitizen(
    pki,
    drawPage(
      'Solicitud',
      [
        `${name}, con NIF ${citizen.nif}.`,
        'EXPONE: Que va a reformar el baño de su vivienda, sin afectar a la estructura del edificio.',
        'SOLICITA: Que se le conceda la licencia de obra menor.',
        `Al ${town.name}.`,
      ],
      assets,
    ),
  );
  await put(path.join(folder, 'solicitud-firmada.pdf'), signed);
  const altered = Buffer.from(signed);
  // The version in the first line: nothing that is seen, and the signature notices.
  altered['%PDF-1.'.length] = 0x36;
  await put(path.join(folder, 'solicitud-alterada.pdf'), altered);
  const report = drawPage(
    'Informe',
    ['El baño mide cuatro metros cuadrados. Se cambian azulejos y sanitarios.'],
    assets,
  );
  await put(path.join(folder, 'informe-sin-firma.pdf'), report);
  const program = Buffer.from('MZ\u0090\u0000 Esto hace de programa con nombre de documento.\n', 'latin1');
  await put(path.join(folder, 'presupuesto.pdf'), program);
}

async function put(file: string, content: Uint8Array): Promise<void> {
  const partial = `${file}.part`;
  await writeFile(partial, content, { mode: 0o600 });
  await rename(partial, file);
}

function drawPage(title: string, paragraphs: readonly string[], assets: DocumentAssets): Uint8Array {
  const fonts = createFontSet(assets);
  const pages = layOutPages(
    [{ kind: 'title', text: title }, ...paragraphs.map((text) => ({ kind: 'paragraph' as const, text }))],
    { left: margin, width: pageWidth - 2 * margin, top: margin, bottom: pageHeight - margin, draw: () => undefined },
    fonts,
  );
  const createdAt = '2026-01-15T18:30:00+01:00';
  return writePdfa({ title, author: citizen.givenName, language: 'es-ES', createdAt, pages, fonts }, assets);
}

async function signAsCitizen(pki: Pki, pdf: Uint8Array): Promise<Buffer> {
  const key = createPrivateKey(await readFile(pki.citizen.key));
  const { pdf: signed } = await signPdf(pdf, {
    signer: {
      certificate: pki.citizen.der,
      chain: [pki.issuing.der],
      algorithm: 'rsa-sha256',
      sign: async (data) => sign('sha256', data, key),
    },
    signingTime: new Date(),
  });
  return signed;
}
