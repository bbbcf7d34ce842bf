import { asBuffer } from '../signing/der.ts';

export type RecognizedFormat =
  | Readonly<{ format: 'pdf' }>
  | Readonly<{ format: 'cms' | 'xml' | 'asic'; content: Buffer }>
  | Readonly<{ format: 'unknown' }>;

const zipSignature = Buffer.from('504b0304', 'hex');
const signedDataIdentifier = Buffer.from('06092a864886f70d010702', 'hex');

/** Tells by its first bytes what a file is; CMS also in PEM or plain base64. A name proves nothing and is not asked. */
export function recognizeFormat(bytes: Uint8Array): RecognizedFormat {
  const content = asBuffer(bytes);
  // What begins as a container is one, also when a PDF lies at the start of what it holds.
  if (content.subarray(0, 4).equals(zipSignature)) return { format: 'asic', content };
  if (isCms(content)) return { format: 'cms', content };
  if (content.subarray(0, 1024).includes('%PDF-')) return { format: 'pdf' };
  if (isXml(content)) return { format: 'xml', content };
  const decoded = decodeArmored(content);
  return decoded !== null && isCms(decoded) ? { format: 'cms', content: decoded } : { format: 'unknown' };
}

// SEQUENCE, its length in any of BER's forms, and the identifier of SignedData.
function isCms(content: Buffer): boolean {
  return content[0] === 0x30 && content.subarray(0, 24).includes(signedDataIdentifier);
}

function isXml(content: Buffer): boolean {
  const isWide = (content[0] === 0xff && content[1] === 0xfe) || (content[0] === 0xfe && content[1] === 0xff);
  if (isWide) return true;
  const start = content[0] === 0xef && content[1] === 0xbb && content[2] === 0xbf ? 3 : 0;
  return /^\s*</.test(content.toString('latin1', start, start + 1024));
}

function decodeArmored(content: Buffer): Buffer | null {
  const start = content.toString('latin1', 0, 4096);
  const armor = /-----BEGIN (?:PKCS7|CMS|PKCS #7 SIGNED DATA)-----/.exec(start);
  if (armor !== null) {
    const text = content.toString('latin1', armor.index + armor[0].length);
    const end = text.indexOf('-----END');
    return end < 0 ? null : Buffer.from(text.slice(0, end), 'base64');
  }
  return /^\s*[A-Za-z0-9+/\s]{64,}={0,2}\s*$/.test(start) ? Buffer.from(content.toString('latin1'), 'base64') : null;
}
