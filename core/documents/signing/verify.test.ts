import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkSignedData, readSignedData } from './cms-reader.ts';
import { signPdf } from './pades.ts';
import { appendEvidence } from './pdf-evidence.ts';
import { isArray, isDictionary, pdfName, pdfReference, pdfText } from './pdf-objects.ts';
import type { PdfDictionary, PdfValue } from './pdf-objects.ts';
import { listPages, openPdf } from './pdf-reader.ts';
import type { PdfFile } from './pdf-reader.ts';
import { readSignatures } from './pdf-signatures.ts';
import { createPdfUpdate } from './pdf-update.ts';
import type { PdfUpdate } from './pdf-update.ts';
import { createTestAuthority } from './testing/authority.ts';
import type { TestAuthority } from './testing/authority.ts';
import { listSharedFiles } from './testing/shared-data.ts';
import { makeTinyPdf } from './testing/tiny-pdf.ts';
import { requestTimestamp } from './timestamp.ts';
import { worstFinding } from './verification-model.ts';
import { plainAnchor } from './trust-evaluation.ts';
import { verifyPdf, verifyPdfAgainst } from './verify.ts';

let authority: TestAuthority;
let signed: Buffer;
let crl: Buffer;

beforeAll(async () => {
  authority = createTestAuthority();
  crl = authority.crl();
  ({ pdf: signed } = await signPdf(makeTinyPdf('hola'), {
    signer: authority.signer('officer', 'rsa-sha256'),
    signingTime: new Date(),
    reason: 'Cotejo',
  }));
}, 60_000);
afterAll(() => {
  authority.dispose();
});

const inAMinute = (): Date => new Date(Date.now() + 60_000);
const verify = (pdf: Uint8Array, at = inAMinute()): ReturnType<typeof verifyPdf> =>
  verifyPdfAgainst(pdf, { anchors: [plainAnchor(authority.root)], at, ocsps: [], crls: [crl] });

function dictionaryOf(file: PdfFile, value: PdfValue | undefined): PdfDictionary {
  const dictionary = file.resolve(value);
  if (!isDictionary(dictionary)) throw new Error('no dictionary');
  return dictionary;
}

/** Appends a revision that whoever has the file may write. */
function revise(pdf: Buffer, change: (file: PdfFile, update: PdfUpdate) => void): Buffer {
  const file = openPdf(pdf);
  const update = createPdfUpdate(file);
  change(file, update);
  return Buffer.concat([pdf, update.finish().tail]);
}

function replaceText(pdf: Buffer, from: string, to: string): Buffer {
  expect(pdf.includes(from)).toBe(true);
  return Buffer.from(pdf.toString('latin1').replace(from, to), 'latin1');
}

describe('verdict on one of our documents', () => {
  it('passes with the authority trusted', () => {
    expect(verify(signed)).toMatchObject({
      verdict: 'passed',
      subIndication: null,
      reasons: [],
      signatures: [{ issuer: 'AC Empleados de pruebas', level: 'B-B', revocation: { status: 'good', source: 'crl' } }],
    });
  });

  it('waits for the state of a certificate whose issuer tells where to ask', () => {
    expect(verifyPdf(signed, { trustAnchors: [authority.root], at: inAMinute() })).toMatchObject({
      verdict: 'indeterminate',
      subIndication: 'TRY_LATER',
      reasons: ['revocationUnavailable'],
    });
  });

  it('is indeterminate without trust, and when the certificate has expired without proof of time', () => {
    expect(verifyPdf(signed, { trustAnchors: [], at: inAMinute() })).toMatchObject({
      verdict: 'indeterminate',
      subIndication: 'NO_CERTIFICATE_CHAIN_FOUND',
    });
    expect(verify(signed, new Date('2090-01-01'))).toMatchObject({
      verdict: 'indeterminate',
      subIndication: 'OUT_OF_BOUNDS_NO_POE',
    });
  });

  it('passes long after the certificate expired when a time stamp proves the time', async () => {
    const timestamp = (imprint: Parameters<typeof requestTimestamp>[0] | object): Promise<Buffer> =>
      requestTimestamp({
        url: 'http://tsa.test/',
        hash: 'sha256',
        digest: Buffer.alloc(0),
        fetchBytes: authority.fetchBytes,
        ...imprint,
      });
    const { pdf } = await signPdf(makeTinyPdf('hola'), {
      signer: authority.signer('officer', 'rsa-sha256'),
      timestamp,
      signingTime: new Date(),
    });
    expect(verify(pdf, new Date('2090-01-01'))).toMatchObject({ verdict: 'passed', signatures: [{ level: 'B-T' }] });
  });

  it('finds no signature where there is none', () => {
    expect(verify(makeTinyPdf('hola'))).toEqual({
      verdict: 'no-signature',
      subIndication: null,
      reasons: [],
      signatures: [],
    });
  });

  it('lets a broken digest outweigh missing trust', () => {
    const broken = replaceText(signed, '(hola)', '(Hola)');
    expect(verifyPdf(broken, { trustAnchors: [], at: inAMinute() })).toMatchObject({
      verdict: 'failed',
      subIndication: 'HASH_FAILURE',
    });
    expect(worstFinding(['issuerNotTrusted', 'revocationUnknown', 'signatureInvalid'])?.subIndication).toBe(
      'SIG_CRYPTO_FAILURE',
    );
  });
});

describe('a changed document', () => {
  it('fails when the signature value was changed', () => {
    const [signature] = readSignatures(signed);
    const signer = readSignedData(signature?.contents ?? Buffer.alloc(0)).signers[0];
    const value = signer?.signature.toString('hex') ?? '';
    const changed = `${value.slice(0, -1)}${value.endsWith('0') ? '1' : '0'}`;
    expect(verify(replaceText(signed, value, changed))).toMatchObject({
      verdict: 'failed',
      subIndication: 'SIG_CRYPTO_FAILURE',
    });
  });

  it('fails when the signature is exchanged for that of another document', async () => {
    const other = await signPdf(makeTinyPdf('otra'), {
      signer: authority.signer('officer', 'rsa-sha256'),
      signingTime: new Date(),
    });
    const contents = (pdf: Buffer): string => readSignatures(pdf)[0]?.contents.toString('hex') ?? '';
    expect(verify(replaceText(signed, contents(signed), contents(other.pdf)))).toMatchObject({
      verdict: 'failed',
      subIndication: 'HASH_FAILURE',
    });
  });

  // Outside every signature and shown by nobody; some programs leave there what their buffer held.
  it('does not pass with something hidden in the room of the signature', () => {
    const [signature] = readSignatures(signed);
    const padded = signature?.contents ?? Buffer.alloc(0);
    const hidden = Buffer.from(padded);
    hidden[hidden.length - 1] = 1;
    expect(verify(replaceText(signed, padded.toString('hex'), hidden.toString('hex')))).toMatchObject({
      verdict: 'indeterminate',
      subIndication: 'SIG_CONSTRAINTS_FAILURE',
      reasons: ['unsignedContent'],
    });
  });

  it('does not pass when the certificate is another than the signed attributes name', () => {
    const signedData = readSignedData(readSignatures(signed)[0]?.contents ?? Buffer.alloc(0));
    const reissued = signedData.certificates.map((certificate) => ({
      ...certificate,
      der: Buffer.concat([certificate.der, Buffer.from([0])]),
    }));
    expect(checkSignedData({ ...signedData, certificates: reissued }, []).problems).toContain(
      'signingCertificateMismatch',
    );
    expect(worstFinding(['signingCertificateMismatch'])).toMatchObject({
      verdict: 'indeterminate',
      subIndication: 'NO_SIGNING_CERTIFICATE_FOUND',
    });
  });

  it.each<[string, (file: PdfFile, update: PdfUpdate) => void]>([
    [
      'a page shows other contents',
      (file, update) => {
        const page = listPages(file)[0] ?? pdfReference(0);
        update.set(
          page,
          new Map([
            ...dictionaryOf(file, page),
            ['Contents', update.addStream(new Map(), Buffer.from('BT ET'), 'none')] as const,
          ]),
        );
      },
    ],
    [
      'the content stream itself is replaced',
      (_, update) => {
        update.set(pdfReference(4), new Map([['Length', 0]]));
      },
    ],
    [
      'a page is added',
      (file, update) => {
        const pages = dictionaryOf(file, pdfReference(2));
        const page = update.allocate();
        update.set(
          page,
          new Map<string, PdfValue>([
            ['Type', pdfName('Page')],
            ['Parent', pdfReference(2)],
            ['MediaBox', [0, 0, 10, 10]],
          ]),
        );
        update.set(
          pdfReference(2),
          new Map([...pages, ['Kids', [pdfReference(3), page]] as const, ['Count', 2] as const]),
        );
      },
    ],
    [
      'a note covers the page',
      (file, update) => {
        const page = listPages(file)[0] ?? pdfReference(0);
        const note = update.allocate();
        update.set(
          note,
          new Map<string, PdfValue>([
            ['Type', pdfName('Annot')],
            ['Subtype', pdfName('FreeText')],
            ['Rect', [0, 0, 500, 500]],
            ['Contents', pdfText('otro texto')],
          ]),
        );
        const annotations = file.resolve(dictionaryOf(file, page).get('Annots'));
        update.set(
          page,
          new Map([
            ...dictionaryOf(file, page),
            ['Annots', [...(Array.isArray(annotations) ? annotations : []), note]] as const,
          ]),
        );
      },
    ],
    [
      'the mark of the signature is shown a second time',
      (file, update) => {
        const page = listPages(file)[0] ?? pdfReference(0);
        const annotations = file.resolve(dictionaryOf(file, page).get('Annots'));
        const twice: PdfValue = isArray(annotations) ? [...annotations, ...annotations] : [];
        update.set(page, new Map<string, PdfValue>([...dictionaryOf(file, page), ['Annots', twice]]));
      },
    ],
    [
      'an unsigned signature field covers the page',
      (file, update) => {
        const page = listPages(file)[0] ?? pdfReference(0);
        const field = update.allocate();
        update.set(
          field,
          new Map<string, PdfValue>([
            ['Type', pdfName('Annot')],
            ['Subtype', pdfName('Widget')],
            ['FT', pdfName('Sig')],
            ['Rect', [0, 0, 500, 500]],
          ]),
        );
        const annotations = file.resolve(dictionaryOf(file, page).get('Annots'));
        update.set(
          page,
          new Map([
            ...dictionaryOf(file, page),
            ['Annots', [...(Array.isArray(annotations) ? annotations : []), field]] as const,
          ]),
        );
      },
    ],
    [
      'the font is another',
      (_, update) => {
        update.set(
          pdfReference(5),
          new Map<string, PdfValue>([
            ['Type', pdfName('Font')],
            ['Subtype', pdfName('Type1')],
            ['BaseFont', pdfName('Symbol')],
          ]),
        );
      },
    ],
    [
      'the catalog opens with an action',
      (file, update) => {
        update.set(
          file.rootReference,
          new Map([...file.root, ['OpenAction', new Map([['S', pdfName('JavaScript')]])] as const]),
        );
      },
    ],
    [
      'the metadata are others',
      (_, update) => {
        update.set(pdfReference(6), new Map([['Type', pdfName('Metadata')]]));
      },
    ],
    [
      'the page tree is another',
      (file, update) => {
        update.set(file.rootReference, new Map([...file.root, ['Pages', update.allocate()] as const]));
      },
    ],
  ])('fails when %s', (_, change) => {
    const changed = revise(signed, change);
    expect(changed.subarray(0, signed.length).equals(signed)).toBe(true);
    expect(verify(changed)).toMatchObject({ verdict: 'failed', subIndication: 'FORMAT_FAILURE' });
  });

  it('fails when the title is another, and takes a new date', async () => {
    const titled = revise(makeTinyPdf('hola'), (_, update) => {
      update.set(update.allocate(), new Map([['Title', pdfText('Instancia')]]));
    });
    const document = replaceText(titled, '/Root 1 0 R/ID', '/Root 1 0 R/Info 7 0 R/ID');
    const { pdf } = await signPdf(document, {
      signer: authority.signer('officer', 'rsa-sha256'),
      signingTime: new Date(),
    });
    const withInformation = (key: string): Buffer =>
      revise(pdf, (file, update) => {
        update.set(pdfReference(7), new Map([...dictionaryOf(file, pdfReference(7)), [key, pdfText('x')] as const]));
      });
    expect(verify(withInformation('ModDate')).verdict).toBe('passed');
    expect(verify(withInformation('Title')).verdict).toBe('failed');
  });

  it('fails when two signers share one signature', () => {
    const signedData = readSignedData(readSignatures(signed)[0]?.contents ?? Buffer.alloc(0));
    const twice = { ...signedData, signers: [...signedData.signers, ...signedData.signers] };
    expect(checkSignedData(twice, []).problems).toEqual(['signerCount']);
    expect(worstFinding(['signerCount'])?.verdict).toBe('failed');
  });

  it('fails when the signature was taken out of the form', () => {
    const unsigned = revise(signed, (file, update) => {
      update.set(file.rootReference, new Map([...file.root].filter(([key]) => key !== 'AcroForm')));
    });
    expect(verify(unsigned)).toMatchObject({ verdict: 'failed', reasons: ['signatureRemoved'] });
  });

  it('fails when the dictionary around the signature was replaced', () => {
    const spoofed = revise(signed, (file, update) => {
      const form = dictionaryOf(file, file.root.get('AcroForm'));
      const fields = file.resolve(form.get('Fields'));
      const field = dictionaryOf(file, Array.isArray(fields) ? fields[0] : null);
      const reference = field.get('V');
      if (
        typeof reference !== 'object' ||
        reference === null ||
        !('kind' in reference) ||
        reference.kind !== 'reference'
      )
        throw new Error('no value');
      update.set(reference, new Map([...dictionaryOf(file, reference), ['Reason', pdfText('Otra razón')] as const]));
    });
    expect(verify(spoofed)).toMatchObject({ verdict: 'failed', subIndication: 'FORMAT_FAILURE' });
  });

  it.each([
    ['bytes after the end', () => Buffer.concat([signed, Buffer.from('1 0 obj\n<<>>\nendobj\n')])],
    [
      'a gap wider than the signature',
      () => withByteRange(([start, length, next, rest]) => [start, length - 10, next, rest]),
    ],
    ['a range that starts later', () => withByteRange(([, length, next, rest]) => [10, length - 10, next, rest])],
    ['a range beyond the file', () => withByteRange(([start, length, next, rest]) => [start, length, next, rest + 5])],
    [
      'a range that stops early',
      () => withByteRange(([start, length, next, rest]) => [start, length, next, rest - 30]),
    ],
    ['pieces that overlap', () => withByteRange(([start, , next, rest]) => [start, next + 5, next, rest])],
  ])('fails with %s', (_, make) => {
    expect(verify(make())).toMatchObject({ verdict: 'failed', subIndication: 'FORMAT_FAILURE' });
  });

  it('accepts evidence on a document that had a damaged object when it was signed', async () => {
    const damaged = replaceText(makeTinyPdf('hola'), '5 0 obj', '9 9 xyz');
    const { pdf } = await signPdf(damaged, {
      signer: authority.signer('officer', 'rsa-sha256'),
      signingTime: new Date(),
    });
    const extended = appendEvidence(openPdf(pdf), { certificates: [authority.root], ocsps: [], crls: [] });
    expect(verify(extended)).toMatchObject({ verdict: 'passed', signatures: [{ modificationsAfter: 'allowed' }] });
    const mended = revise(pdf, (_, update) => {
      update.set(pdfReference(5), new Map([['Type', pdfName('Font')]]));
    });
    expect(verify(mended).verdict).toBe('failed');
  });

  it('accepts evidence that is added', () => {
    const extended = appendEvidence(openPdf(signed), { certificates: [authority.root], ocsps: [], crls: [] });
    expect(verify(extended)).toMatchObject({
      verdict: 'passed',
      signatures: [{ modificationsAfter: 'allowed', coversWholeFile: false }],
    });
  });

  it('never passes and never crashes with a single damaged byte in what is signed', () => {
    const [start = 0, length = 0] = readSignatures(signed)[0]?.byteRange ?? [];
    fc.assert(
      fc.property(
        fc.integer({ min: start, max: start + length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        (place, change) => {
          const damaged = Buffer.from(signed);
          damaged[place] = (damaged[place] ?? 0) ^ change;
          expect(verify(damaged).verdict).not.toBe('passed');
        },
      ),
      { numRuns: 300 },
    );
  });
});

function withByteRange(change: (range: readonly [number, number, number, number]) => readonly number[]): Buffer {
  const range = readSignatures(signed)[0]?.byteRange ?? [0, 0, 0, 0];
  const written = `[${range.join(' ')}]`;
  const place = signed.indexOf(written);
  const changed = Buffer.from(signed);
  const room = signed.indexOf('/', place) - place;
  changed.write(`[${change(range).join(' ')}]`.padEnd(room), place, 'latin1');
  return changed;
}

describe('documents of others', () => {
  const [manifest] = listSharedFiles('data/signatures', 'manifest.tsv');
  const rows =
    manifest === undefined
      ? []
      : readFileSync(manifest, 'utf8')
          .split('\n')
          .map((line) => line.split('\t'));
  const expectations = new Map(rows.map(([name, , expectation]) => [name, expectation]));
  const files = listSharedFiles('data/signatures', '.pdf').map(
    (file) => [expectations.get(basename(file)) ?? '', basename(file), file] as const,
  );

  const missing = ['issuerNotTrusted', 'revocationUnavailable'];

  /** Trusts every authority that the document brings along, at the moment that the last signature claims. */
  function verifyTrusting(pdf: Buffer): ReturnType<typeof verifyPdf> {
    const claims: string[] = [];
    const trustAnchors: Buffer[] = [];
    try {
      for (const signature of readSignatures(pdf)) {
        if (signature.signingTime !== null) claims.push(signature.signingTime);
        const { certificates } = readSignedData(signature.contents);
        trustAnchors.push(
          ...certificates.filter((certificate) => certificate.isAuthority).map((certificate) => certificate.der),
        );
      }
    } catch {
      // Nothing to trust in a document that cannot be read.
    }
    return verifyPdf(pdf, { trustAnchors, at: new Date(claims.toSorted().at(-1) ?? '2025-01-01') });
  }

  it(`are all here or none is: ${files.length} in ../shared/data/signatures`, () => {
    const listed = [...expectations.keys()].filter((name) => name?.endsWith('.pdf') === true);
    expect(files.map(([, name]) => name).toSorted()).toEqual(listed.map(String).toSorted());
  });

  it.each(files)('%s: %s', (expectation, _, file) => {
    const { verdict, reasons } = verifyTrusting(readFileSync(file));
    switch (expectation) {
      case 'OK':
        expect(verdict).not.toBe('no-signature');
        // Some do not bring their authority or their revocation data: cryptography and form must be right all the same.
        expect(reasons.filter((reason) => !missing.includes(reason) && worstFinding([reason]) !== null)).toEqual([]);
        break;
      case 'BROKEN':
        expect(['failed', 'indeterminate']).toContain(verdict);
        break;
      case 'MODIFIED':
      case 'FORMAT':
        expect(verdict).toBe('failed');
        break;
      case 'TS_BROKEN':
        expect([verdict, reasons.includes('timestampInvalid')]).toEqual(['indeterminate', true]);
        break;
      case 'INDET':
        expect(verdict).toBe('indeterminate');
        break;
      case 'NOSIG':
        expect(verdict).toBe('no-signature');
        break;
      default:
        expect(verdict).not.toBe('passed');
    }
  });
});
