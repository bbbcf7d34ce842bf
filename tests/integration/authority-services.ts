import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { employeeProfile } from '../../demo/pki/certificate-profiles.ts';
import { authorityAddresses, issueExtraCertificate } from '../../demo/pki/ensure-pki.ts';
import type { IssuedCertificate } from '../../demo/pki/ensure-pki.ts';
import { officer } from '../../demo/town.ts';
import type { EvidenceRig } from './evidence-rig.ts';

/** An officer's certificate of other dates or with more extensions, from the same authority. */
export function issueOfficer(
  rig: Pick<EvidenceRig, 'pki'>,
  name: string,
  dates: Readonly<{ from: number; to: number }>,
  more = '',
): Promise<IssuedCertificate> {
  const { subject, extensions } = employeeProfile(officer, authorityAddresses(rig.pki.ocspUrl));
  return issueExtraCertificate({
    folder: rig.pki.folder,
    name,
    profile: { subject, extensions: more + extensions },
    notBefore: new Date(Date.now() + dates.from),
    notAfter: new Date(Date.now() + dates.to),
  });
}

export type Service = Readonly<{ url: string; close: () => Promise<void> }>;

/** Answers a query itself, with what the authority says when it is passed on. */
export type Answer = (body: Buffer, forward: (body: Buffer) => Promise<Buffer>) => Promise<Buffer>;

/** A service between desk and authority that may answer what it likes. */
export async function startService(authority: Readonly<{ url(): string }>, answer: Answer): Promise<Service> {
  async function relay(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const contentType = request.headers['content-type'] ?? '';
    const forward = async (body: Buffer): Promise<Buffer> => {
      const answered = await fetch(authority.url(), {
        method: 'POST',
        headers: { 'content-type': contentType },
        body: Buffer.from(body),
      });
      return Buffer.from(await answered.arrayBuffer());
    };
    response.end(await answer(Buffer.concat(chunks), forward));
  }
  return listen(createServer((request, response) => void relay(request, response)));
}

/** A server of one revocation list; without one it answers 404. */
export async function startLists(): Promise<Service & Readonly<{ publish: (list: Buffer) => void }>> {
  let list: Buffer | null = null;
  const service = await listen(
    createServer((_request, response) => void response.writeHead(list === null ? 404 : 200).end(list)),
  );
  return {
    ...service,
    publish(next) {
      list = next;
    },
  };
}

async function listen(server: Server): Promise<Service> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no address');
  return {
    url: `http://127.0.0.1:${address.port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
