import { extname, join, resolve, sep } from 'node:path';

/* What both shells say of the window's files: the content policy, the media types, and which file a path means. */

const mediaTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.ttf': 'font/ttf',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
};

export function mediaTypeOf(file: string): string {
  return mediaTypes[extname(file)] ?? 'application/octet-stream';
}

/** Content-Security-Policy of the window. `connectSources`: where its bridge is, besides its own origin. */
export function contentPolicy(connectSources: readonly string[]): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    "font-src 'self'",
    ['connect-src', "'self'", ...connectSources].join(' '),
    "worker-src 'self'",
    "frame-src 'none'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');
}

/** The file of a request's path or address under an absolute folder; null where it is outside of it or no address. */
export function findWindowFile(root: string, target: string): string | null {
  try {
    const { pathname } = new URL(target, 'http://127.0.0.1');
    const file = resolve(join(root, pathname === '/' ? 'index.html' : decodeURIComponent(pathname)));
    // With a trailing separator: a sibling whose name begins alike is not inside.
    return file.startsWith(root + sep) ? file : null;
  } catch {
    return null;
  }
}
