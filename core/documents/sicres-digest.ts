import { createHash } from 'node:crypto';

export type DigestMatch = 'same' | 'sameOtherLabel' | 'different' | 'unreadable';

// SICRES fixes no algorithm; 64 bytes are SHA-512 or SHA3-512 (norms 02a §5).
const algorithms: Readonly<Record<number, readonly string[]>> = {
  20: ['sha1'],
  32: ['sha256', 'sha3-256'],
  64: ['sha512', 'sha3-512'],
};

/**
 * Compares a digest of an exchanged file with its content, in every encoding that implementations emit: base64 of the
 * bytes, base64 of the hexadecimal text, either of them in base64 once more, or the hexadecimal text itself. `label` is
 * what the message calls the algorithm; many call it wrongly (`sameOtherLabel`).
 */
export function compareSicresDigest(written: string, content: Uint8Array, label: string | null = null): DigestMatch {
  const candidates = readDigests(written.replaceAll(/\s/gu, ''), 0);
  if (candidates.length === 0) return 'unreadable';
  for (const candidate of candidates) {
    for (const algorithm of algorithms[candidate.length] ?? []) {
      if (!createHash(algorithm).update(content).digest().equals(candidate)) continue;
      const plain = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]/gu, '');
      return label === null || label === '' || plain(label) === plain(algorithm) ? 'same' : 'sameOtherLabel';
    }
  }
  return 'different';
}

const mostLayers = 3;

function readDigests(text: string, layer: number): readonly Buffer[] {
  const found: Buffer[] = [];
  if (/^(?:[0-9a-f]{2})+$/iu.test(text)) found.push(Buffer.from(text, 'hex'));
  if (layer < mostLayers && /^[A-Za-z0-9+/]+={0,2}$/u.test(text)) {
    const bytes = Buffer.from(text, 'base64');
    found.push(bytes);
    const inner = bytes.toString('latin1');
    if (/^[A-Za-z0-9+/=]+$/u.test(inner)) found.push(...readDigests(inner, layer + 1));
  }
  return found.filter(({ length }) => algorithms[length] !== undefined);
}
