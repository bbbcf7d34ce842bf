import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What a trust option names: authorities in DER, and trust lists as they are. */
export type TrustFiles = Readonly<{ authorities: readonly Buffer[]; lists: readonly Buffer[] }>;

/**
 * Reads PEM or DER certificates, ETSI TS 119 612 lists, or a folder of any of them. Throws the file system's error, and an
 * Error that names the file when it is neither; what else a folder holds is left aside.
 */
export function readTrustFiles(paths: readonly string[]): TrustFiles {
  const authorities: Buffer[] = [];
  const lists: Buffer[] = [];
  for (const path of paths) {
    const isFolder = statSync(path).isDirectory();
    const files = isFolder
      ? readdirSync(path)
          .toSorted()
          .map((name) => join(path, name))
      : [path];
    for (const file of files) {
      if (isFolder && (!/\.(?:pem|crt|cer|der|xml|xtsl|tsl)$/i.test(file) || statSync(file).isDirectory())) continue;
      const bytes = readFileSync(file);
      const certificates = readPemCertificates(bytes);
      if (certificates.length > 0) authorities.push(...certificates);
      else if (bytes[0] === 0x30) authorities.push(bytes);
      else if (/^\s*(?:\u00ef\u00bb\u00bf)?\s*</.test(bytes.toString('latin1', 0, 256))) lists.push(bytes);
      else if (!isFolder) throw new Error(`${file}: ni certificados PEM ni una lista de confianza`);
    }
  }
  return { authorities, lists };
}

export function readPemCertificates(bytes: Uint8Array): readonly Buffer[] {
  const text = Buffer.from(bytes).toString('latin1');
  return [...text.matchAll(/-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----([\s\S]*?)-----END/g)].map(([, body = '']) =>
    Buffer.from(body, 'base64'),
  );
}
