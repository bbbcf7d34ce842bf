import { readSignedData } from '../../signing/cms-reader.ts';
import { readSignatures } from '../../signing/pdf-signatures.ts';
import { readCertificates } from '../../signing/trust-evaluation.ts';

/** Certificates of authorities that a document brings along, wherever they lie: what its author would like to be trusted. */
export function authoritiesOf(bytes: Buffer): readonly Buffer[] {
  const found = [...encodedIn(bytes.toString('latin1'))];
  try {
    for (const { contents } of readSignatures(bytes)) found.push(...certificatesOf(contents));
  } catch {
    found.push(...certificatesOf(bytes));
  }
  return readCertificates(found).map(({ der }) => der);
}

function certificatesOf(cms: Buffer): readonly Buffer[] {
  try {
    return readSignedData(cms).certificates.map(({ der }) => der);
  } catch {
    return [];
  }
}

function encodedIn(text: string): readonly Buffer[] {
  return [...text.matchAll(/X509Certificate>([A-Za-z0-9+/=\s]+)</g)].map(([, base64 = '']) =>
    Buffer.from(base64, 'base64'),
  );
}
