import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { readLiteralHost } from './ipv6-host.ts';
import { createAgent } from './pinned-agents.ts';
import { EsclStop } from './stop.ts';

/** Requests to one eSCL service. Every failure is an EsclStop. */
export type DeviceLink = Readonly<{
  /** A short answer as bytes; any status. `path` is under the service's root, or an absolute path on the same host. */
  ask(request: ShortRequest): Promise<ShortAnswer>;
  /** An answer whose body is read by the caller. `silence`: milliseconds without a byte; null waits for ever. */
  open(path: string, signal: AbortSignal): Promise<IncomingMessage>;
  close(): void;
}>;

export type ShortRequest = Readonly<{
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  body?: string;
  signal: AbortSignal;
  /** Milliseconds for the whole exchange. */
  limit?: number;
}>;

export type ShortAnswer = Readonly<{ status: number; body: Buffer; location: string | null }>;

const shortLimit = 10_000;
/** Capabilities of real devices have some 10 KB. */
const longestShortAnswer = 512 * 1024;
const mostRedirects = 3;

const refusedCertificates = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|ERR_TLS|HOSTNAME_MISMATCH/u;
const unreachable = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENOTFOUND', 'EAI_AGAIN']);

/** What an error of the network means. `signal` tells whether the helper itself gave up. */
export function toStop(error: unknown, signal: AbortSignal): EsclStop {
  if (signal.aborted) return signal.reason instanceof EsclStop ? signal.reason : new EsclStop('CANCELLED');
  if (error instanceof EsclStop) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (refusedCertificates.test(code)) return new EsclStop('UNTRUSTED', code);
  if (unreachable.has(code)) return new EsclStop('OFFLINE', code);
  if (code.startsWith('HPE_')) return new EsclStop('FAILED', 'not HTTP');
  return new EsclStop('IO_ERROR', code);
}

export function createDeviceLink(root: string, fingerprint: string | null): DeviceLink {
  const base = new URL(`${root}/`);
  const agents = new Map<string, ReturnType<typeof createAgent>>();

  function agentFor(url: URL) {
    const agent = agents.get(url.protocol) ?? createAgent(url, fingerprint);
    agents.set(url.protocol, agent);
    return agent;
  }

  function send(url: URL, request: Omit<ShortRequest, 'path'>): Promise<IncomingMessage> {
    const { method, body, signal } = request;
    return new Promise((resolve, reject) => {
      const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
      const outgoing = start(url, {
        method,
        agent: agentFor(url),
        signal,
        ...reach(url),
        headers: {
          ...reach(url).headers,
          ...(body === undefined ? {} : { 'content-type': 'text/xml', 'content-length': Buffer.byteLength(body) }),
        },
      });
      outgoing.once('response', resolve);
      outgoing.once('error', reject);
      outgoing.end(body);
    });
  }

  /** Follows a device from http to https and between its own paths, never to another host. */
  async function follow(path: string, request: Omit<ShortRequest, 'path'>): Promise<IncomingMessage> {
    let url = path.startsWith('/') ? new URL(path, base) : new URL(path, base.href);
    for (let redirects = 0; ; redirects += 1) {
      const answer = await send(url, request);
      const status = answer.statusCode ?? 0;
      const { location } = answer.headers;
      if (status < 300 || status > 399 || location === undefined || request.method !== 'GET') return answer;
      answer.destroy();
      const next = URL.canParse(location, url.href) ? new URL(location, url) : null;
      if (next === null || !/^https?:$/u.test(next.protocol) || next.hostname !== base.hostname)
        throw new EsclStop('FAILED', 'redirect to elsewhere');
      if (url.protocol === 'https:' && next.protocol === 'http:') throw new EsclStop('FAILED', 'redirect to http');
      if (redirects >= mostRedirects) throw new EsclStop('FAILED', 'endless redirects');
      url = next;
    }
  }

  return {
    async ask({ path, ...request }) {
      const timeout = AbortSignal.timeout(request.limit ?? shortLimit);
      const signal = AbortSignal.any([request.signal, timeout]);
      try {
        const answer = await follow(path, { ...request, signal });
        const body = await readAll(answer, longestShortAnswer);
        return { status: answer.statusCode ?? 0, body, location: answer.headers.location ?? null };
      } catch (error) {
        if (timeout.aborted && !request.signal.aborted) throw new EsclStop('TIMED_OUT', request.method);
        throw toStop(error, request.signal);
      }
    },
    async open(path, signal) {
      try {
        return await follow(path, { method: 'GET', signal });
      } catch (error) {
        throw toStop(error, signal);
      }
    },
    close() {
      for (const agent of agents.values()) agent.destroy();
    },
  };
}

/** A name that writes an address of one network: reached there, and told to the device as the address that it knows. */
function reach(url: URL): Readonly<{ lookup?: LookupFunction; headers?: Readonly<{ host: string }> }> {
  const literal = readLiteralHost(url.hostname);
  if (literal === null) return {};
  return {
    lookup: (_hostname, { all }, answer) =>
      all === true ? answer(null, [{ address: literal.scoped, family: 6 }]) : answer(null, literal.scoped, 6),
    headers: { host: `[${literal.address}]${url.port === '' ? '' : `:${url.port}`}` },
  };
}

async function readAll(answer: IncomingMessage, longest: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > longest) throw new EsclStop('FAILED', 'answer too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The path of a job on the device's own host: devices put names there that this machine cannot resolve. */
export function pathOf(location: string): string {
  // Some write an IPv6 address with half of its brackets, which is no URL at all.
  const path = /^(?:https?:\/\/[^/]*)?(\/[^?#]*)/iu.exec(location)?.[1];
  if (path === undefined) throw new EsclStop('FAILED', 'job without a path');
  return path.replace(/\/+$/u, '');
}
