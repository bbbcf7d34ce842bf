import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { dir3Schema } from '../core/contract/schemas/common.ts';
import type { ReferenceData } from '../core/contract/schemas/reference.ts';
import { openFolderBlobStore } from './blobs/folder-blob-store.ts';
import { openCentreKey } from './centre-key.ts';
import { silentLog } from './centre-log.ts';
import type { CentreLog } from './centre-log.ts';
import type { CentreContext } from './context.ts';
import type { Database } from './database/database.ts';
import { openEmbeddedDatabase } from './database/embedded-database.ts';
import { migrate } from './database/migrate.ts';
import { openPostgres } from './database/postgres-database.ts';
import { listCheckpointLines } from './desks/audit-checkpoints.ts';
import { issueEnrolmentCode } from './desks/enrolment.ts';
import { listRevocations, revokeDesk, revokeSeries } from './desks/revocations.ts';
import type { Revocation, Withdrawal } from './desks/revocations.ts';
import { forgetExpiredNonces } from './desks/nonces.ts';
import { loadXmlSchemas } from '../core/documents/xml-schemas.ts';
import { openExchangeFolder } from './deliveries/exchange-folder.ts';
import { addExchangeRoutes } from './deliveries/exchange-routes.ts';
import { createExchanges } from './deliveries/exchanges.ts';
import type { Exchanges } from './deliveries/exchanges.ts';
import { addFeedRoutes } from './deliveries/feed-routes.ts';
import { issueFeedToken, revokeFeedToken } from './deliveries/feed.ts';
import { createAtRest } from './encryption/at-rest.ts';
import { openDataKey } from './encryption/data-key.ts';
import { addApiRoutes } from './http/api-routes.ts';
import { addOperationRoutes } from './http/operation-routes.ts';
import { createMetrics } from './http/metrics.ts';
import { createServer } from './http/server.ts';
import type { RequestPatience } from './http/server.ts';
import { forgetQuietAddresses } from './http/shared-rate-limit.ts';
import { publishReference } from './reference/reference.ts';
import { openCentreSeal } from './seal/centre-seal.ts';
import type { SealFiles } from './seal/centre-seal.ts';
import { listAccesses } from './verification/document-accesses.ts';
import type { DocumentAccess } from './verification/document-accesses.ts';
import { addVerificationRoutes } from './verification/verification-routes.ts';

export type CentreOptions = Readonly<{
  /** Keys, files and, without a database URL, the embedded database. Instances of one centre share it. */
  dataFolder: string;
  /** PostgreSQL 15 or later. Without it: PGlite in the data folder, which is not durable. */
  databaseUrl?: string;
  /** 0 or absent: a free one. */
  port?: number;
  centreName?: string;
  log?: CentreLog;
  /** Where SICRES 4 files come and go (deliveries/exchange-folder.ts). Without it nothing is exchanged. */
  exchangeFolder?: string;
  /** 32 bytes that encrypt what is stored. Without them: the file `data-key` in the data folder, made at the first start. */
  dataKey?: Uint8Array;
  /** The organ seal for receipts of offices that have none at hand. */
  seal?: SealFiles;
  /** A proxy on this machine ends TLS and says in X-Forwarded-For who asks. */
  isBehindProxy?: boolean;
  now?: () => Date;
  patience?: RequestPatience;
  /** Where a bundle put verification/signature-worker. */
  workerUrl?: URL;
}>;

export type Centre = Readonly<{
  /** `http://127.0.0.1:port`. */
  url: string;
  port: number;
  /** Base64 of the raw 32 bytes of the Ed25519 public key. */
  publicKey: string;
  /** A single-use code for one desk (`03`) of an office (DIR3), good for three days. */
  issueEnrolmentCode(officeCode: string, deskNumber: string): Promise<string>;
  /** The checkpoints of a desk's audit that came here, countersigned, a line of JSON each. */
  listCheckpointLines(officeCode: string, deskNumber: string): Promise<readonly string[]>;
  /**
   * Withdraws a desk; how many identities of its place were in force. Who did it and why is kept. A new enrolment code gives
   * the place a desk again.
   */
  revokeDesk(officeCode: string, deskNumber: string, withdrawal: Withdrawal): Promise<number>;
  /** Withdraws one series; false when there is none in force. */
  revokeSeries(seriesId: string, withdrawal: Withdrawal): Promise<boolean>;
  listRevocations(officeCode: string): Promise<readonly Revocation[]>;
  /** A token for one back-office system of an office, told once. The same name takes the place of its old one. */
  issueFeedToken(officeCode: string, name: string): Promise<string>;
  /** False when there was none in force. */
  revokeFeedToken(officeCode: string, name: string): Promise<boolean>;
  /** When a document was seen or taken at the public page, newest first; null for a code of none. */
  listAccesses(code: string): Promise<readonly DocumentAccess[] | null>;
  /** Takes what lies in the exchange folder and writes what is due; it happens every few seconds by itself. */
  runExchangePass(): Promise<void>;
  /** Gives the version; the same data as the newest ones give the same version. */
  publishReference(data: ReferenceData): Promise<number>;
  close(): Promise<void>;
}>;

const feedNameSchema = z.string().regex(/^[\w.-]{1,60}$/u);
const withdrawalSchema = z.object({ by: z.string().min(1).max(80), reason: z.string().min(1).max(400) });
const housekeepingMs = 60_000;
const closingSweepMs = 100;
/** Requests in hand are answered; one that takes longer to arrive is cut, and sent again. */
const closingDeadlineMs = 20_000;
const exchangeMs = 5_000;

/**
 * The central registry, listening on 127.0.0.1. Several may run side by side on one PostgreSQL and data folder. Throws
 * `DataKeyError` when the data key is not the one that encrypted what is there.
 */
export async function createCentre(options: CentreOptions): Promise<Centre> {
  const { dataFolder, log = silentLog } = options;
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  const key = await openCentreKey(dataFolder);
  const seal = options.seal === undefined ? null : openCentreSeal(options.seal);
  const database = await openDatabase(options, log);
  try {
    await migrate(database);
    const dataKey = await openDataKey(database, dataFolder, options.dataKey ?? null);
    const metrics = createMetrics();
    const blobs = await openFolderBlobStore(join(dataFolder, 'blobs'), dataKey, () =>
      metrics.count('ventanilla_stored_damaged_total', { kind: 'file' }),
    );
    const atRest = createAtRest(dataKey, () => metrics.count('ventanilla_stored_damaged_total', { kind: 'text' }));
    const context: CentreContext = {
      centreName: options.centreName ?? 'Registro central',
      database,
      atRest,
      blobs,
      key,
      seal,
      log,
      metrics,
      now: options.now ?? (() => new Date()),
    };
    const server = createServer(context, options.isBehindProxy ?? false, options.patience);
    addApiRoutes(server, context);
    addFeedRoutes(server, context);
    const exchanges =
      options.exchangeFolder === undefined ? null : await startExchanges(context, options.exchangeFolder);
    if (exchanges !== null) addExchangeRoutes(server, context, exchanges);
    addVerificationRoutes(
      server,
      context,
      options.workerUrl ?? new URL('./verification/signature-worker.ts', import.meta.url),
    );
    addOperationRoutes(server, context);
    const url = await server.listen({ host: '127.0.0.1', port: options.port ?? 0 });
    const housekeeping = setInterval(() => {
      Promise.all([forgetExpiredNonces(context), forgetQuietAddresses(context)]).catch((error: unknown) =>
        log.error('housekeeping.failed', error),
      );
    }, housekeepingMs);
    housekeeping.unref();
    const exchanging = exchanges === null ? null : passNowAndThen(exchanges, log);
    log.info('centre.started', { isDurable: database.isDurable });
    return {
      url,
      port: Number(new URL(url).port),
      publicKey: key.publicKey,
      issueEnrolmentCode: (officeCode, deskNumber) =>
        issueEnrolmentCode(
          context,
          dir3Schema.parse(officeCode),
          z
            .string()
            .regex(/^\d{2}$/u)
            .parse(deskNumber),
        ),
      listCheckpointLines: (officeCode, deskNumber) => listCheckpointLines(context, officeCode, deskNumber),
      revokeDesk: (officeCode, deskNumber, withdrawal) =>
        revokeDesk(context, { officeCode, deskNumber }, withdrawalSchema.parse(withdrawal)),
      revokeSeries: (seriesId, withdrawal) => revokeSeries(context, seriesId, withdrawalSchema.parse(withdrawal)),
      listRevocations: (officeCode) => listRevocations(context, officeCode),
      issueFeedToken: (officeCode, name) =>
        issueFeedToken(context, dir3Schema.parse(officeCode), feedNameSchema.parse(name)),
      revokeFeedToken: (officeCode, name) => revokeFeedToken(context, officeCode, name),
      listAccesses: (code) => listAccesses(context, code),
      runExchangePass: async () => exchanges?.runPass(),
      publishReference: (data) => publishReference(context, data),
      async close() {
        clearInterval(housekeeping);
        await exchanging?.stop();
        // An answer that ends while the server closes leaves its connection open for more than a minute.
        const sweep = setInterval(() => server.server.closeIdleConnections(), closingSweepMs);
        const deadline = setTimeout(() => server.server.closeAllConnections(), closingDeadlineMs);
        await server.close().finally(() => {
          clearInterval(sweep);
          clearTimeout(deadline);
        });
        await database.close();
        log.info('centre.stopped');
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

function startExchanges(context: CentreContext, folder: string): Promise<Exchanges> {
  const schemas = loadXmlSchemas();
  return openExchangeFolder(folder).then((opened) => createExchanges(context, opened, schemas));
}

/** One pass after the other, with a pause between them. */
function passNowAndThen(exchanges: Exchanges, log: CentreLog): Readonly<{ stop(): Promise<void> }> {
  let pass: Promise<void> = Promise.resolve();
  let isIdle = true;
  const timer = setInterval(() => {
    if (!isIdle) return;
    isIdle = false;
    pass = exchanges
      .runPass()
      .catch((error: unknown) => log.error('exchange.failed', error))
      .finally(() => {
        isIdle = true;
      });
  }, exchangeMs);
  timer.unref();
  return {
    stop() {
      clearInterval(timer);
      return pass;
    },
  };
}

function openDatabase({ databaseUrl, dataFolder }: CentreOptions, log: CentreLog): Promise<Database> | Database {
  if (databaseUrl === undefined) return openEmbeddedDatabase(join(dataFolder, 'database'));
  return openPostgres(databaseUrl, (error) => log.error('database.connectionLost', error));
}
