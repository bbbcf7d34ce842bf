import { AppError } from '../contract/errors.ts';

// What XML 1.0 cannot hold even escaped: controls other than tab and line ends, lone surrogates, U+FFFE, U+FFFF.
const forbidden = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

export function hasForbiddenXmlCharacter(text: string): boolean {
  return forbidden.test(text);
}

/** Escapes text for element content and attribute values. Throws AppError `request.invalid` on characters XML cannot hold. */
export function escapeXml(text: string): string {
  if (forbidden.test(text)) throw new AppError('request.invalid', { reason: 'controlCharacter' });
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\r', '&#13;');
}
