import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeZip as zip } from '../testing/zip.ts';
import { makeTinyPdf } from '../signing/testing/tiny-pdf.ts';
import { admittedFormats } from './admitted-formats.ts';
import { examineFile } from './examine-file.ts';

const word = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
const types = '<Types/>';

/** A PDF with one more object, written by qpdf into object streams where nobody finds it by its words. */
function pdfWith(object: string, inStreams: boolean): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'ventanilla-admission-'));
  try {
    const [input, output] = [join(folder, 'in.pdf'), join(folder, 'out.pdf')];
    const plain = makeTinyPdf('hola').toString('latin1');
    const start = plain.indexOf('xref\n');
    const text = `${plain.slice(0, start).replace('/Type/Catalog', `/Type/Catalog/OpenAction ${object}`)}`;
    writeFileSync(input, Buffer.from(`${text}trailer\n<</Size 7/Root 1 0 R>>\nstartxref\n0\n%%EOF\n`, 'latin1'));
    // It mends the cross references that the replacement moved, and says so with code 3.
    const mode = inStreams ? 'generate' : 'disable';
    try {
      execFileSync('qpdf', [`--object-streams=${mode}`, input, output], { stdio: 'ignore' });
    } catch (error) {
      if (!(error instanceof Error && 'status' in error && error.status === 3)) throw error;
    }
    return readFileSync(output);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const png = Buffer.concat([
  Buffer.from('89504e470d0a1a0a', 'hex'),
  Buffer.from('....IHDR....IEND\u00aeB`\u0082', 'latin1'),
]);
/** AES-256, with the word that opens it. */
function locked(pdf: Buffer, password: string): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'ventanilla-admission-'));
  try {
    const [input, output] = [join(folder, 'in.pdf'), join(folder, 'out.pdf')];
    writeFileSync(input, pdf);
    execFileSync('qpdf', ['--encrypt', password, 'owner', '256', '--', input, output]);
    return readFileSync(output);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** SignedData whose content begins right after its head: an attached signature of a PDF. */
function cmsOf(content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from('06092a864886f70d010702', 'hex'), content]);
  const head = Buffer.from('30820000', 'hex');
  head.writeUInt16BE(body.length, 2);
  return Buffer.concat([head, body]);
}

const jpeg = Buffer.from('ffd8ffe000104a46494600ffd9', 'hex');
const tiff = Buffer.from('49492a00080000000000', 'hex');
const cms = Buffer.from('300f06092a864886f70d010702a0020500', 'hex');

describe('the real type, told by the content', () => {
  it.each<readonly [string, Buffer, string]>([
    ['carta.exe', makeTinyPdf('hola'), 'application/pdf'],
    ['factura', Buffer.from('<?xml version="1.0"?><factura/>'), 'application/xml'],
    ['factura', Buffer.from('\ufeff<factura/>\n'), 'application/xml'],
    ['nota', Buffer.from('<?xml version="1.0"?><!-- x --><nota><body>hola</body></nota>'), 'application/xml'],
    ['firma.pdf', cms, 'application/pkcs7-mime'],
    ['solicitud.pdf', cmsOf(makeTinyPdf('hola')), 'application/pkcs7-mime'],
    ['foto', png, 'image/png'],
    ['foto', jpeg, 'image/jpeg'],
    ['plano', tiff, 'image/tiff'],
    ['notas', Buffer.from('Año nuevo\r\n\tvida nueva\n'), 'text/plain'],
    ['notas', Buffer.from('A\u00f1o nuevo', 'latin1'), 'text/plain'],
    ['carta', zip({ '[Content_Types].xml': types, 'word/document.xml': '<w/>' }), word],
    [
      'carta',
      zip({ mimetype: 'application/vnd.oasis.opendocument.text', 'content.xml': '<o/>' }),
      'application/vnd.oasis.opendocument.text',
    ],
    [
      'firmado',
      zip({ mimetype: 'application/vnd.etsi.asic-e+zip', 'a.txt': 'a', 'META-INF/signature.p7s': cms }),
      'application/vnd.etsi.asic-e+zip',
    ],
    ['firmado', zip({ 'a.txt': 'a', 'META-INF/signatures.xml': '<x/>' }), 'application/vnd.etsi.asic-e+zip'],
  ])('%s', (name, content, mediaType) => {
    expect(examineFile(content, name)).toEqual({ mediaType, isEncrypted: false, hasScripts: false, refusal: null });
  });

  it('has a row in the catalogue with its source for every admitted format', () => {
    for (const { name, extension, source } of Object.values(admittedFormats)) {
      expect(name).not.toBe('');
      expect(extension).toMatch(/^[a-z]{3,5}$/u);
      expect(['catalogue', 'signatureDecision']).toContain(source);
    }
  });
});

describe('what is not admitted', () => {
  const launch = '<</S/Launch/F(calc.exe)>>';
  const script = '<</S/JavaScript/JS(app.alert\\(1\\))>>';
  it.each<readonly [string, string, Buffer, string]>([
    ['a program with the name of a document', 'carta.pdf', Buffer.from('MZ\u0090\u0000\u0003'), 'executable'],
    ['a program of Linux', 'carta.pdf', Buffer.from('7f454c46020101', 'hex'), 'executable'],
    ['a shell script', 'nota.txt', Buffer.from('#!/bin/sh\nrm -r /\n'), 'script'],
    ['a text with the name of a script', 'nota.bat', Buffer.from('del *.*\r\n'), 'script'],
    ['noise', 'carta.pdf', Buffer.from('0001020304050607', 'hex'), 'formatUnknown'],
    ['an archive', 'cosas.zip', zip({ 'a.txt': 'a' }), 'formatNotAdmitted'],
    ['a web page', 'carta.xml', Buffer.from('<!DOCTYPE html><html></html>'), 'formatNotAdmitted'],
    [
      'a drawing that may run scripts',
      'a.svg',
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
      'formatNotAdmitted',
    ],
    [
      'XML that browsers run',
      'a.xml',
      Buffer.from('<a><x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(1)</x:script></a>'),
      'script',
    ],
    ['RTF', 'carta.doc', Buffer.from('{\\rtf1 hola}'), 'formatNotAdmitted'],
    [
      'an old office file',
      'carta.doc',
      Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(64)]),
      'formatNotAdmitted',
    ],
    ['a PDF without its end', 'carta.pdf', makeTinyPdf('hola').subarray(0, 300), 'damaged'],
    ['XML without its end', 'a.xml', Buffer.from('<?xml version="1.0"?><a><b'), 'damaged'],
    ['a CMS without its end', 'a.p7s', Buffer.from('308201ff06092a864886f70d010702a080', 'hex'), 'damaged'],
    ['a picture without its end', 'a.png', png.subarray(0, 12), 'damaged'],
    ['an archive without its directory', 'a.docx', zip({ 'word/document.xml': 'a' }).subarray(0, 60), 'damaged'],
    [
      'macros',
      'a.docx',
      zip({ '[Content_Types].xml': types, 'word/document.xml': '', 'word/vbaProject.bin': 'x' }),
      'macros',
    ],
    [
      'macros under another name',
      'a.docx',
      zip({
        '[Content_Types].xml': '<T a="application/vnd.ms-word.document.macroEnabled.main+xml"/>',
        'word/document.xml': '',
      }),
      'macros',
    ],
    [
      'macros of an open document',
      'a.odt',
      zip({ mimetype: 'application/vnd.oasis.opendocument.text', 'Basic/Standard/a.xml': '' }),
      'macros',
    ],
    [
      'a program inside a container',
      'a.asice',
      zip({ mimetype: 'application/vnd.etsi.asic-e+zip', 'a.txt': 'MZ\u0090' }),
      'embeddedExecutable',
    ],
    ['a PDF that starts a program', 'a.pdf', pdfWith(launch, false), 'activeContent'],
    ['a PDF that starts a program, in an object stream', 'a.pdf', pdfWith(launch, true), 'activeContent'],
  ])('%s', (_, name, content, refusal) => {
    expect(examineFile(content, name)).toMatchObject({ refusal });
  });

  it('tells a PDF that nobody can open without its password', () => {
    expect(examineFile(locked(makeTinyPdf('hola'), 'secreto'), 'a.pdf')).toEqual({
      mediaType: 'application/pdf',
      isEncrypted: true,
      hasScripts: false,
      refusal: null,
    });
  });

  it.each([
    ['a form that calculates', pdfWith(script, false)],
    ['one whose script lies in an object stream', pdfWith(script, true)],
    ['a protected one', locked(pdfWith(script, true), '')],
  ])('admits %s and says that it has scripts', (_, content) => {
    expect(examineFile(content, 'a.pdf')).toMatchObject({ refusal: null, hasScripts: true });
  });

  it('looks inside of a protected PDF that anybody can open', () => {
    expect(examineFile(locked(makeTinyPdf('hola'), ''), 'a.pdf')).toMatchObject({ refusal: null });
    expect(examineFile(locked(pdfWith(launch, true), ''), 'a.pdf')).toMatchObject({ refusal: 'activeContent' });
  });

  it('never throws for what a file holds', () => {
    const whole = [
      makeTinyPdf('hola', 'stream'),
      zip({ 'word/document.xml': 'a', '[Content_Types].xml': types }),
      cms,
      png,
    ];
    for (const content of whole) {
      for (let length = 0; length < content.length; length += 7)
        expect(() => examineFile(content.subarray(0, length), 'a')).not.toThrow();
    }
  });
});
