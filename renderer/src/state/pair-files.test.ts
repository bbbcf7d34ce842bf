import { describe, expect, it } from 'vitest';
import { pairFiles } from './pair-files.ts';

function pair(...names: readonly string[]): readonly string[] {
  return pairFiles(names.map((name) => ({ name }))).map(
    ({ main, signature }) => `${main.name}${signature === null ? '' : ` + ${signature.name}`}`,
  );
}

describe('files that were chosen together', () => {
  it.each([
    ['factura.xml', 'factura.xml.p7s'],
    ['factura.xml', 'factura.csig'],
    ['Factura.XML', 'factura.xml_signed.csig'],
    ['plano.pdf', 'plano_firmado.xsig'],
  ])('%s goes with %s among others', (main, signature) => {
    expect(pair('otra.pdf', signature, main)).toEqual(['otra.pdf', `${main} + ${signature}`]);
  });

  it('two files of which one is a signature belong together whatever their names', () => {
    expect(pair('firma.p7s', 'contrato.docx')).toEqual(['contrato.docx + firma.p7s']);
  });

  it('no signature is used twice, and what belongs to nothing stays alone', () => {
    expect(pair('a.pdf', 'a.xml', 'a.p7s', 'b.csig')).toEqual(['a.pdf + a.p7s', 'a.xml', 'b.csig']);
    expect(pair('solicitud.pdf')).toEqual(['solicitud.pdf']);
    expect(pair()).toEqual([]);
  });
});
