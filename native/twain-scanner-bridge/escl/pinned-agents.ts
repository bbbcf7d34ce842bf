import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent, type RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { connect, type ConnectionOptions } from 'node:tls';
import { EsclStop } from './stop.ts';

const connectLimit = 5_000;

/** One kept connection: a TLS handshake takes a scanner's processor up to a second. */
const habits = { keepAlive: true, maxSockets: 2, scheduling: 'lifo' } as const;

/** https to one certificate and no other, whoever signed it and whatever name is in it. */
class PinnedAgent extends HttpsAgent {
  readonly #fingerprint: string;

  constructor(fingerprint: string) {
    super(habits);
    this.#fingerprint = fingerprint;
  }

  override createConnection(
    options: RequestOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    // Not one byte of a request leaves before the certificate has been compared.
    const socket = connect({ ...(options as ConnectionOptions), rejectUnauthorized: false }, () => {
      const isExpected = socket.getPeerCertificate().fingerprint256 === this.#fingerprint;
      if (isExpected) callback?.(null, socket);
      else socket.destroy(new EsclStop('UNTRUSTED', 'certificate'));
    });
    socket.setTimeout(connectLimit, () => socket.destroy(new EsclStop('OFFLINE', 'TLS handshake')));
    socket.once('secureConnect', () => socket.setTimeout(0));
    socket.once('error', (error) => callback?.(error, socket));
    return undefined;
  }
}

/** `fingerprint`: SHA-256 in capitals with colons; null takes certificates that this machine's authorities vouch for. */
export function createAgent(url: URL, fingerprint: string | null): HttpAgent {
  if (url.protocol === 'http:') return new HttpAgent(habits);
  return fingerprint === null ? new HttpsAgent(habits) : new PinnedAgent(fingerprint);
}
