import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { formatOfficialInstant } from '../../core/domain/official-time.ts';
import { admittedFormats } from '../../core/documents/admission/admitted-formats.ts';
import { CentreError } from '../centre-error.ts';
import type { CentreContext } from '../context.ts';
import { useNonce } from '../desks/nonces.ts';
import { networkOf } from '../http/network.ts';
import { createRateLimiter } from '../http/rate-limit.ts';
import { toCentreError } from '../http/server.ts';
import { createSharedRateLimiter } from '../http/shared-rate-limit.ts';
import { wholeNumberSchema } from '../http/whole-number.ts';
import { keyOfCode } from './code-key.ts';
import { noteAccess } from './document-accesses.ts';
import { renderDocumentPage } from './document-page.ts';
import { findDocument, listCodePrefixes } from './find-document.ts';
import type { FoundDocument } from './find-document.ts';
import { describeTypedCode, renderFormPage } from './form-page.ts';
import type { FormProblem } from './form-page.ts';
import { styleSheet } from './layout.ts';
import { renderErrorPage, renderUnknownPage } from './notice-page.ts';
import { createPersonCheck } from './person-check.ts';
import { createSignatureVerifier } from './signature-state.ts';
import { readTypedCode } from './typed-code.ts';

const text = z.string().max(400);
const formQuery = z.object({ csv: text.default(''), pase: text.default('') });
const documentParameters = z.object({ code: z.string().max(200) });
const documentQuery = z.object({ pase: text.default('') });
const versionParameters = z.object({
  code: z.string().max(200),
  position: wholeNumberSchema.pipe(z.int().min(1).max(10_000)),
});
const formBody = z.object({
  codigo: z.string().max(400).default(''),
  respuesta: text.default(''),
  pregunta: text.default(''),
  pase: text.default(''),
});

const pageHeaders = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
};

/** `/verificar`: the public page behind the code and the QR of every document (RD 203/2021 art. 21; ordinance art. 56). */
export function addVerificationRoutes(server: FastifyInstance, context: CentreContext, workerUrl: URL): void {
  server.register(async (scope) => {
    scope.addHook('onSend', async (_request, reply) => {
      for (const [name, value] of Object.entries(pageHeaders)) if (!reply.hasHeader(name)) reply.header(name, value);
    });
    scope.setErrorHandler(async (error, request, reply) => {
      const known = toCentreError(error);
      context.metrics.count('ventanilla_requests_refused_total', { code: known.code });
      if (known.status >= 500) context.log.error('page.failed', error, { route: request.routeOptions.url ?? '' });
      return sendPage(reply.code(known.status), renderErrorPage(context.centreName, known.code));
    });
    addPages(scope, context, workerUrl);
  });
}

function addPages(scope: FastifyInstance, context: CentreContext, workerUrl: URL): void {
  const { centreName } = context;
  const personCheck = createPersonCheck(context.key.deriveSecret('person check'), context.now);
  const verifier = createSignatureVerifier(context, workerUrl);
  const formLimiter = createSharedRateLimiter(context, 'form', { capacity: 60, perSecond: 0.5 });
  const pageLimiter = createRateLimiter({ capacity: 240, perSecond: 4 });
  const pages = scope.withTypeProvider<ZodTypeProvider>();
  pages.addHook('onRequest', async (request) => pageLimiter.take(networkOf(request.ip)));

  function sendForm(reply: FastifyReply, code: string, problems: readonly FormProblem[], pass: string | null) {
    const question = pass === null ? personCheck.ask() : null;
    const page = renderFormPage({ centreName, code, problems, question, pass });
    return sendPage(reply.code(problems.length === 0 ? 200 : 422), page);
  }

  async function findByTypedCode(
    typedCode: string,
  ): Promise<FoundDocument | 'unknown' | Readonly<{ problem: string }>> {
    const typed = readTypedCode(typedCode, await listCodePrefixes(context));
    // Codes of another make have no check signs that we know: they are looked up as they are.
    const found = await findDocument(context, typed.kind === 'code' ? typed.key : keyOfCode(typedCode));
    const problem = describeTypedCode(typed);
    if (found !== null) return found;
    return problem === null ? 'unknown' : { problem };
  }

  pages.get('/verificar/estilo.css', async (_request, reply) =>
    reply.type('text/css; charset=utf-8').header('cache-control', 'public, max-age=3600').send(styleSheet),
  );

  // An address cut or joined on its way is a person's all the same.
  pages.get('/verificar/*', async () => {
    throw new CentreError('request.notFound');
  });

  pages.get('/verificar', { schema: { querystring: formQuery } }, async (request, reply) => {
    const { csv, pase } = request.query;
    const pass = personCheck.readPass(pase) === null ? null : pase;
    if (csv !== '' && pass !== null) return reply.redirect(addressOf(csv, pass), 303);
    return sendForm(reply, csv, [], pass);
  });

  pages.post(
    '/verificar',
    { schema: { body: formBody }, onRequest: async (request) => formLimiter.take(request.ip) },
    async (request, reply) => {
      const { codigo, respuesta, pregunta, pase } = request.body;
      let pass = personCheck.readPass(pase) === null ? null : pase;
      const problems: FormProblem[] = [];
      const found = await findByTypedCode(codigo);
      if (typeof found === 'object' && 'problem' in found) problems.push({ field: 'codigo', text: found.problem });
      if (pass === null) {
        const answered = personCheck.answer(pregunta, respuesta);
        const isNew = answered !== null && (await useNonce(context, 'question', answered.id, answered.expiresAt));
        if (isNew) pass = personCheck.issuePass();
        else problems.push({ field: 'respuesta', text: 'Responda a la pregunta nueva con una de sus tres palabras.' });
      }
      if (problems.length > 0 || pass === null) return sendForm(reply, codigo, problems, pass);
      return reply.redirect(addressOf(codigo, pass), 303);
    },
  );

  pages.get(
    '/verificar/:code',
    { schema: { params: documentParameters, querystring: documentQuery } },
    async (request, reply) => {
      const { code } = request.params;
      const pass = request.query.pase;
      if (personCheck.readPass(pass) === null) return sendForm(reply, code, [], null);
      const document = await findByTypedCode(code);
      const result = document === 'unknown' ? 'unknown' : 'problem' in document ? 'mistyped' : 'found';
      context.metrics.count('ventanilla_verifications_total', { result });
      if (document === 'unknown') {
        return sendPage(reply.code(404), renderUnknownPage({ centreName, code, pass }));
      }
      if ('problem' in document) {
        return sendForm(reply, code, [{ field: 'codigo', text: document.problem }], pass);
      }
      await noteAccess(context, document, 'shown');
      const version = document.versions.findLast(({ hasArrived }) => hasArrived);
      // What the citizen brought is told as the office found it, with the answers that it has: see `verdict`.
      const isOurs = document.verdict === null;
      const verified =
        version === undefined || !isOurs ? null : { version, signatures: await verifier.verify(version.sha256) };
      const checkedAt = formatOfficialInstant(context.now());
      return sendPage(reply, renderDocumentPage({ centreName, document, verified, checkedAt, pass }));
    },
  );

  pages.get(
    '/verificar/:code/version/:position',
    { schema: { params: versionParameters, querystring: documentQuery } },
    async (request, reply) => {
      const { code, position } = request.params;
      const pass = request.query.pase;
      if (personCheck.readPass(pass) === null) return sendForm(reply, code, [], null);
      const document = await findByTypedCode(code);
      const version =
        document === 'unknown' || 'problem' in document
          ? undefined
          : document.versions.find((candidate) => candidate.position === position && candidate.hasArrived);
      const file = version === undefined ? null : await context.blobs.open(version.sha256);
      if (document === 'unknown' || 'problem' in document || file === null) throw new CentreError('blob.notFound');
      await noteAccess(context, document, 'file');
      const { extension } = admittedFormats[document.mediaType];
      return sendFile(reply, file, document, `v${position}.${extension}`, document.mediaType);
    },
  );

  pages.get(
    '/verificar/:code/firma',
    { schema: { params: documentParameters, querystring: documentQuery } },
    async (request, reply) => {
      const { code } = request.params;
      if (personCheck.readPass(request.query.pase) === null) return sendForm(reply, code, [], null);
      const document = await findByTypedCode(code);
      if (document === 'unknown' || 'problem' in document || document.signatureSha256 === null)
        throw new CentreError('blob.notFound');
      const file = await context.blobs.open(document.signatureSha256);
      if (file === null) throw new CentreError('blob.notFound');
      await noteAccess(context, document, 'signature');
      return sendFile(reply, file, document, 'firma.p7s', 'application/octet-stream');
    },
  );
}

/** As something to save, never to be shown in the page's own name: it may be anybody's. */
function sendFile(
  reply: FastifyReply,
  file: NonNullable<Awaited<ReturnType<CentreContext['blobs']['open']>>>,
  { recordNumber, documentId }: FoundDocument,
  ending: string,
  mediaType: string,
): FastifyReply {
  const name = `${recordNumber}-${documentId.slice(0, 8)}-${ending}`;
  return reply
    .type(mediaType)
    .header('content-length', file.byteLength)
    .header('content-disposition', `attachment; filename="${name.replaceAll(/[^\w.-]/gu, '_')}"`)
    .send(file.stream());
}

function addressOf(code: string, pass: string): string {
  return `/verificar/${encodeURIComponent(code)}?pase=${encodeURIComponent(pass)}`;
}

function sendPage(reply: FastifyReply, page: string): FastifyReply {
  return reply.type('text/html; charset=utf-8').send(page);
}
