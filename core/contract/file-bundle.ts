import { fileBundleHeadSchema } from './sync-protocol.ts';

/** `sha256`: hexadecimal, of the content. */
export type NamedFile = Readonly<{ sha256: string; content: Uint8Array }>;

const lineFeed = 0x0a;
/** Two hundred names with their lengths are some twenty thousand. */
const longestHeadBytes = 64 * 1024;

/** Whole files as one body: a line of JSON that names them with their lengths, then their bytes, one file after another. */
export function packFiles(files: readonly NamedFile[]): Uint8Array {
  const names = files.map(({ sha256, content }) => ({ sha256, byteLength: content.length }));
  const head = new TextEncoder().encode(`${JSON.stringify({ files: names })}\n`);
  const body = new Uint8Array(files.reduce((length, { content }) => length + content.length, head.length));
  body.set(head);
  let offset = head.length;
  for (const { content } of files) {
    body.set(content, offset);
    offset += content.length;
  }
  return body;
}

/** The files, as views of the body; null when it is nothing that `packFiles` makes. */
export function unpackFiles(body: Uint8Array): readonly NamedFile[] | null {
  const headLength = body.subarray(0, longestHeadBytes).indexOf(lineFeed);
  const names = headLength < 0 ? null : readNames(body.subarray(0, headLength));
  if (names === null) return null;
  let offset = headLength + 1;
  const files = names.map(({ sha256, byteLength }) => {
    const content = body.subarray(offset, offset + byteLength);
    offset += byteLength;
    return { sha256, content };
  });
  return offset === body.length ? files : null;
}

function readNames(head: Uint8Array): readonly Readonly<{ sha256: string; byteLength: number }>[] | null {
  try {
    return fileBundleHeadSchema.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(head))).files;
  } catch {
    return null;
  }
}
