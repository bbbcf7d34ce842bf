import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { journalBodySchema } from '../../core/contract/sync-protocol.ts';
import { officialYear } from '../../core/domain/official-time.ts';
import { buildSicresControl, toSicresDate } from '../../core/documents/sicres-control.ts';
import type { ControlType, SicresControl } from '../../core/documents/sicres-control.ts';
import { compareSicresDigest } from '../../core/documents/sicres-digest.ts';
import { readSicres } from '../../core/documents/sicres-read.ts';
import type { ReceivedControl, ReceivedData } from '../../core/documents/sicres-read.ts';
import type { XmlSchemas } from '../../core/documents/xml-schemas.ts';
import { escapeXml } from '../../core/documents/xml-text.ts';
import { isBlobComplete } from '../blobs/receive-blob.ts';
import { CentreError } from '../centre-error.ts';
import type { CentreContext } from '../context.ts';
import { bytesSchema } from '../database/database.ts';
import type { Queries } from '../database/database.ts';
import { sql } from '../database/sql.ts';
import type { Sql } from '../database/sql.ts';
import { entryPlace, exchangePlace } from '../encryption/places.ts';
import type { ExchangeFolder } from './exchange-folder.ts';
import { applyControl } from './exchange-state.ts';
import type { Exchange } from './exchange-state.ts';

export type Destination = Readonly<{
  officeCode: string;
  officeName: string | null;
  unitCode: string | null;
  unitName: string | null;
}>;

export type ListedExchange = Exchange &
  Readonly<{ recordId: string | null; errorCode: string | null; changedAt: Date }>;

/** SICRES 4 with other registries, through a folder (BOE-A-2021-13749). */
export type Exchanges = Readonly<{
  /** Takes what came and writes what is due, unless another instance is at it. */
  runPass(): Promise<void>;
  /**
   * Sends a receipted record of the office elsewhere, with its files. Throws `exchange.notFound`, `exchange.state` (sent
   * before, or annulled), `exchange.filesMissing` (a file has not come yet).
   */
  dispatch(officeCode: string, recordId: string, destination: Destination): Promise<Exchange>;
  /** Says that the office has registered what it received. Throws `exchange.notFound`, `exchange.state`. */
  confirm(
    officeCode: string,
    exchangeId: string,
    entry: Readonly<{ recordNumber: string; recordedAt: string }>,
  ): Promise<Exchange>;
  /** Returns what it received; nothing of it is kept but the trace (norms 02a §7). */
  reject(officeCode: string, exchangeId: string, reason: string): Promise<Exchange>;
  list(officeCode: string): Promise<readonly ListedExchange[]>;
}>;

const exchangeRowSchema = z.object({
  exchangeId: z.string(),
  side: z.enum(['out', 'in']),
  officeCode: z.string(),
  otherOfficeCode: z.string(),
  startOfficeCode: z.string(),
  isTest: z.boolean(),
  state: z.enum(['sent', 'received', 'acknowledged', 'confirmed', 'rejected', 'failed', 'closed']),
  destinationNumber: z.string().nullable(),
  destinationAt: z.string().nullable(),
});
const listedRowSchema = exchangeRowSchema.extend({
  recordId: z.string().nullable(),
  errorCode: z.string().nullable(),
  changedAt: z.date(),
});

const annexesSchema = z.array(z.strictObject({ name: z.string(), sha256: z.string() }));
const dueRowSchema = z.object({
  exchangeId: z.string(),
  fileName: z.string(),
  kind: z.string(),
  content: bytesSchema,
  annexes: annexesSchema,
});

/** Longer than any message takes to be dealt with. */
const leaseSeconds = 300;
const mostListed = 1_000;

/** What is left to do with the files once the database has it. */
type After =
  | Readonly<{ kind: 'gone' }>
  | Readonly<{ kind: 'remove' }>
  | Readonly<{ kind: 'keep'; exchangeId: string; names: readonly string[]; carried: ReadonlyMap<string, Uint8Array> }>
  | Readonly<{ kind: 'quarantine'; names: readonly string[]; reason: string }>;

export function createExchanges(context: CentreContext, folder: ExchangeFolder, schemas: XmlSchemas): Exchanges {
  const { database, atRest, metrics, now } = context;

  async function takeMessage(name: string): Promise<void> {
    const after = await database.transaction(async (connection): Promise<After> => {
      const content = await folder.read(name);
      if (content === null) return { kind: 'gone' };
      const strange = (reason: string, names: readonly string[] = []): After => ({
        kind: 'quarantine',
        names: [name, ...names],
        reason,
      });
      if (content === 'tooLarge') return strange('El archivo es demasiado grande para un mensaje de SICRES 4.');
      if (content === 'notAFile') return strange('No es un archivo.');
      const message = readSicres(content, schemas);
      const sha256 = createHash('sha256').update(content).digest('hex');
      switch (message.kind) {
        case 'unreadable':
          return strange(message.reason);
        case 'control':
          return takeControl(connection, name, sha256, message, strange);
        case 'data':
          return takeData(connection, name, sha256, message, strange);
      }
    });
    switch (after.kind) {
      case 'gone':
        return;
      case 'remove':
        return folder.remove(name);
      case 'keep':
        return folder.keep(after.exchangeId, after.names, after.carried);
      case 'quarantine':
        metrics.count('ventanilla_exchange_quarantined_total');
        return folder.quarantine(after.names, after.reason);
    }
  }

  async function takeControl(
    connection: Queries,
    name: string,
    sha256: string,
    message: ReceivedControl,
    strange: (reason: string) => After,
  ): Promise<After> {
    const exchange = await connection.find(
      exchangeRowSchema,
      sql`${selectExchange} WHERE exchange_id = ${message.exchangeId} FOR UPDATE`,
    );
    if (exchange === null) return strange('No hay ningún intercambio con el identificador del mensaje.');
    const outcome = applyControl(exchange, message);
    if (outcome.kind === 'strange') return strange(outcome.reason);
    const reason =
      message.description === null
        ? null
        : atRest.columns.seal(exchangePlace(exchange.exchangeId, 'reason'), message.description);
    await connection.run(sql`UPDATE exchange SET state = ${outcome.state}, changed_at = ${now()},
        destination_number = coalesce(destination_number, ${message.recordNumber}),
        destination_at = coalesce(destination_at, ${message.recordedAt}),
        error_code = coalesce(${message.errorCode}, error_code), reason = coalesce(${reason}, reason)
      WHERE exchange_id = ${exchange.exchangeId}`);
    await noteReceived(connection, exchange.exchangeId, name, message.type, sha256);
    if (outcome.answer !== null) await queueControl(connection, exchange, outcome.answer, {}, message.originCode);
    return { kind: 'remove' };
  }

  async function takeData(
    connection: Queries,
    name: string,
    sha256: string,
    message: ReceivedData,
    strange: (reason: string, names?: readonly string[]) => After,
  ): Promise<After> {
    const names = message.annexes.filter(({ embedded }) => embedded === null).map(({ fileId }) => fileId);
    const known = await connection.find(
      exchangeRowSchema.extend({ sha256: z.string().nullable() }),
      sql`SELECT known.*, (SELECT content_sha256 FROM exchange_message AS message WHERE message.exchange_id = known."exchangeId"
          AND direction = 'in' AND kind = 'data') AS sha256
        FROM (${selectExchange} WHERE exchange_id = ${message.exchangeId} FOR UPDATE) AS known`,
    );
    if (known !== null && known.sha256 !== sha256) {
      return strange('Ya hay un intercambio con ese identificador y otro contenido.', names);
    }
    if (known !== null) {
      // Sent again: our acknowledgement may be what was lost.
      await queueControl(connection, known, 'acknowledgement');
      if (known.state !== 'received') return { kind: 'remove' };
      return { kind: 'keep', exchangeId: known.exchangeId, names: [...names, name], carried: new Map() };
    }
    const isOurs = await connection.find(
      z.unknown(),
      sql`SELECT 1 FROM desk WHERE office_code = ${message.destinationCode} LIMIT 1`,
    );
    if (isOurs === null) return strange('La oficina de destino no es de este registro.', names);
    const carried = new Map<string, Uint8Array>();
    for (const annex of message.annexes) {
      const content = annex.embedded ?? (await folder.read(annex.fileId));
      if (content === null && annex.hasReference) continue;
      if (content === null)
        return strange(`Falta el anexo ${annex.fileId}: los anexos llegan antes que el mensaje.`, names);
      if (!(content instanceof Uint8Array)) return strange(`El anexo ${annex.fileId} no se puede leer.`, names);
      const match = annex.digest === null ? 'same' : compareSicresDigest(annex.digest, content, annex.digestLabel);
      if (match === 'unreadable') return strange(`La huella del anexo ${annex.fileId} no se entiende.`, names);
      if (match === 'different') return strange(`El anexo ${annex.fileId} no es el de su huella.`, names);
      if (match === 'sameOtherLabel') metrics.count('ventanilla_exchange_labels_wrong_total');
      if (annex.embedded !== null) carried.set(annex.fileId, annex.embedded);
    }
    const exchange: Exchange = {
      exchangeId: message.exchangeId,
      side: 'in',
      officeCode: message.destinationCode,
      otherOfficeCode: message.originCode,
      startOfficeCode: message.startCode,
      isTest: message.isTest,
      state: 'received',
      destinationNumber: null,
      destinationAt: null,
    };
    await insertExchange(connection, exchange, null);
    await noteReceived(connection, exchange.exchangeId, name, 'data', sha256);
    await queueControl(connection, exchange, 'acknowledgement');
    return { kind: 'keep', exchangeId: exchange.exchangeId, names: [...names, name], carried };
  }

  async function insertExchange(connection: Queries, exchange: Exchange, recordId: string | null): Promise<number> {
    const { exchangeId, side, officeCode, otherOfficeCode, startOfficeCode, isTest, state } = exchange;
    return connection.run(sql`INSERT INTO exchange (exchange_id, side, office_code, other_office_code, start_office_code,
        is_test, state, record_id, changed_at)
      VALUES (${exchangeId}, ${side}, ${officeCode}, ${otherOfficeCode}, ${startOfficeCode}, ${isTest}, ${state},
        ${recordId}, ${now()}) ON CONFLICT DO NOTHING`);
  }

  async function noteReceived(
    connection: Queries,
    exchangeId: string,
    name: string,
    kind: string,
    sha256: string,
  ): Promise<void> {
    metrics.count('ventanilla_exchange_messages_total', { direction: 'in', kind });
    // A name may come again with other content; the trace keeps both.
    await connection.run(sql`INSERT INTO exchange_message
        (exchange_id, direction, file_name, kind, content_sha256, noted_at, done_at)
      VALUES (${exchangeId}, 'in', ${`${sha256.slice(0, 16)} ${name.slice(0, 200)}`}, ${kind}, ${sha256}, ${now()}, ${now()})
      ON CONFLICT DO NOTHING`);
  }

  async function queueControl(
    connection: Queries,
    exchange: Exchange,
    type: ControlType,
    more: Partial<Pick<SicresControl, 'description' | 'recordNumber' | 'recordedAt'>> = {},
    destinationCode = exchange.otherOfficeCode,
  ): Promise<void> {
    const year = officialYear(now());
    const counter = await connection.find(
      z.object({ number: z.int() }),
      sql`INSERT INTO exchange_counter AS counter (office_code, year, last_number) VALUES (${exchange.officeCode}, ${year}, 1)
        ON CONFLICT (office_code, year) DO UPDATE SET last_number = counter.last_number + 1
        RETURNING last_number AS number`,
    );
    const number = String(counter?.number ?? 0).padStart(8, '0');
    const fileName = `${exchange.officeCode}_${String(year % 100).padStart(2, '0')}_${number}.xml`;
    const control: SicresControl = {
      type,
      originCode: exchange.officeCode,
      destinationCode,
      exchangeId: exchange.exchangeId,
      description: null,
      recordNumber: null,
      recordedAt: null,
      errorCode: null,
      isTest: exchange.isTest,
      ...more,
    };
    await queue(connection, exchange.exchangeId, fileName, type, buildSicresControl(control), []);
  }

  async function queue(
    connection: Queries,
    exchangeId: string,
    fileName: string,
    kind: string,
    xml: string,
    annexes: z.infer<typeof annexesSchema>,
  ): Promise<void> {
    const content = atRest.columns.seal(exchangePlace(exchangeId, fileName), xml);
    const sha256 = createHash('sha256').update(xml).digest('hex');
    await connection.run(sql`INSERT INTO exchange_message
        (exchange_id, direction, file_name, kind, content_sha256, content, annexes, noted_at)
      VALUES (${exchangeId}, 'out', ${fileName}, ${kind}, ${sha256}, ${content}, ${JSON.stringify(annexes)}::jsonb, ${now()})`);
  }

  /** True when one was written. It is written before it is noted: after a kill the same file is written again. */
  async function writeNext(): Promise<boolean> {
    return database.transaction(async (connection) => {
      const due = await connection.find(
        dueRowSchema,
        sql`SELECT exchange_id AS "exchangeId", file_name AS "fileName", kind, content, annexes FROM exchange_message
          WHERE done_at IS NULL AND content IS NOT NULL ORDER BY noted_at, file_name LIMIT 1 FOR UPDATE SKIP LOCKED`,
      );
      if (due === null) return false;
      const { exchangeId, fileName, kind } = due;
      for (const { name, sha256 } of due.annexes) {
        const file = await context.blobs.open(sha256);
        if (file === null) throw new CentreError('stored.damaged');
        await folder.write(name, file.stream);
      }
      await folder.write(fileName, Buffer.from(atRest.columns.open(exchangePlace(exchangeId, fileName), due.content)));
      await connection.run(sql`UPDATE exchange_message SET done_at = ${now()}, content = NULL
        WHERE exchange_id = ${exchangeId} AND direction = 'out' AND file_name = ${fileName}`);
      metrics.count('ventanilla_exchange_messages_total', { direction: 'out', kind });
      return true;
    });
  }

  async function decide(
    officeCode: string,
    exchangeId: string,
    state: 'confirmed' | 'rejected',
    more: Partial<Pick<SicresControl, 'description' | 'recordNumber' | 'recordedAt'>>,
  ): Promise<Exchange> {
    return database.transaction(async (connection) => {
      const exchange = await connection.find(
        exchangeRowSchema,
        sql`${selectExchange} WHERE exchange_id = ${exchangeId} AND office_code = ${officeCode} AND side = 'in' FOR UPDATE`,
      );
      if (exchange === null) throw new CentreError('exchange.notFound');
      if (exchange.state !== 'received') throw new CentreError('exchange.state');
      await connection.run(sql`UPDATE exchange SET state = ${state}, destination_number = ${more.recordNumber ?? null},
        destination_at = ${more.recordedAt ?? null}, changed_at = ${now()} WHERE exchange_id = ${exchangeId}`);
      // What is rejected goes back to where it began, whoever passed it on.
      if (state === 'rejected') await queueControl(connection, exchange, 'rejection', more, exchange.startOfficeCode);
      else await queueControl(connection, exchange, 'confirmation', more);
      return { ...exchange, state };
    });
  }

  const holder = randomUUID();

  /** Between the commit and the move of a file nobody else may take the file for a new one. */
  async function takeLease(): Promise<boolean> {
    const held = await database.run(sql`INSERT INTO exchange_lease AS lease (holder, held_until)
      VALUES (${holder}, clock_timestamp() + make_interval(secs => ${leaseSeconds}::int))
      ON CONFLICT (is_only) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
        WHERE lease.holder = excluded.holder OR lease.held_until < clock_timestamp()`);
    return held === 1;
  }

  async function pass(): Promise<void> {
    try {
      for (const name of await folder.listMessages()) {
        if (!(await takeLease())) return;
        await takeMessage(name);
      }
      while ((await takeLease()) && (await writeNext()));
    } finally {
      await database.run(sql`DELETE FROM exchange_lease WHERE holder = ${holder}`);
    }
  }

  let turn: Promise<void> = Promise.resolve();

  return {
    runPass() {
      turn = turn.catch(() => undefined).then(pass);
      return turn;
    },

    async dispatch(officeCode, recordId, destination) {
      const row = await database.find(
        z.object({ state: z.string(), seriesId: z.string(), sequence: z.int(), body: bytesSchema }),
        sql`SELECT record.state, entry.series_id AS "seriesId", entry.sequence, entry.body
          FROM record JOIN record_event AS event ON event.record_id = record.record_id AND event.type = 'receipted'
          JOIN entry ON entry.series_id = event.series_id AND entry.sequence = event.entry_sequence
          WHERE record.record_id = ${recordId} AND record.office_code = ${officeCode} LIMIT 1`,
      );
      if (row === null) throw new CentreError('exchange.notFound');
      if (row.state !== 'receipted') throw new CentreError('exchange.state');
      const text = atRest.bodies.open(entryPlace(row.seriesId, row.sequence), row.body);
      const body = journalBodySchema.parse(JSON.parse(text));
      if (body.kind !== 'event' || body.event.type !== 'receipted') throw new CentreError('exchange.notFound');
      const written = await readComplete(context, officeCode, body.event.sicresXmlSha256);
      const xml = redirect(Buffer.from(written).toString(), destination);
      const message = readSicres(Buffer.from(xml), schemas);
      if (message.kind !== 'data') throw new CentreError('exchange.message');
      const annexes = message.annexes.map(({ fileId, digest }) => ({
        name: fileId,
        sha256: Buffer.from(digest ?? '', 'base64').toString('hex'),
      }));
      for (const { sha256 } of annexes) {
        if (!(await isBlobComplete(context, officeCode, sha256))) throw new CentreError('exchange.filesMissing');
      }
      const exchange: Exchange = {
        exchangeId: message.exchangeId,
        side: 'out',
        officeCode,
        otherOfficeCode: destination.officeCode,
        startOfficeCode: message.startCode,
        isTest: message.isTest,
        state: 'sent',
        destinationNumber: null,
        destinationAt: null,
      };
      await database.transaction(async (connection) => {
        const added = await insertExchange(connection, exchange, recordId);
        if (added === 0) throw new CentreError('exchange.state');
        await queue(connection, exchange.exchangeId, `${exchange.exchangeId}_00_0001.xml`, 'data', xml, annexes);
      });
      return exchange;
    },

    async confirm(officeCode, exchangeId, { recordNumber, recordedAt }) {
      return decide(officeCode, exchangeId, 'confirmed', { recordNumber, recordedAt: toSicresDate(recordedAt) });
    },

    async reject(officeCode, exchangeId, reason) {
      const exchange = await decide(officeCode, exchangeId, 'rejected', { description: reason });
      await folder.forget(exchangeId);
      return exchange;
    },

    list: (officeCode) =>
      database.list(
        listedRowSchema,
        sql`SELECT exchange_id AS "exchangeId", side, office_code AS "officeCode", other_office_code AS "otherOfficeCode",
            start_office_code AS "startOfficeCode", is_test AS "isTest", state,
            destination_number AS "destinationNumber", destination_at AS "destinationAt", record_id AS "recordId",
            error_code AS "errorCode", changed_at AS "changedAt"
          FROM exchange WHERE office_code = ${officeCode} ORDER BY changed_at DESC, exchange_id LIMIT ${mostListed}`,
      ),
  };
}

const selectExchange: Sql = sql`SELECT exchange_id AS "exchangeId", side, office_code AS "officeCode",
  other_office_code AS "otherOfficeCode", start_office_code AS "startOfficeCode", is_test AS "isTest", state,
  destination_number AS "destinationNumber", destination_at AS "destinationAt" FROM exchange`;

async function readComplete(context: CentreContext, officeCode: string, sha256: string): Promise<Uint8Array> {
  const content = (await isBlobComplete(context, officeCode, sha256)) ? await context.blobs.read(sha256) : null;
  if (content === null) throw new CentreError('exchange.filesMissing');
  return content;
}

/** The desk's message, which stays at its own office, as one that is sent (Tipo_Anotacion 02) to another. */
function redirect(xml: string, { officeCode, officeName, unitCode, unitName }: Destination): string {
  const fields: readonly (readonly [string, string | null])[] = [
    ['Codigo_Entidad_Registral_Destino', officeCode],
    ['Decodificacion_Entidad_Registral_Destino', officeName],
    ['Codigo_Unidad_Tramitacion_Destino', unitCode],
    ['Decodificacion_Unidad_Tramitacion_Destino', unitName],
  ];
  const lines = fields.flatMap(([name, text]) => (text === null ? [] : [`<${name}>${escapeXml(text)}</${name}>`]));
  return xml
    .replace(/<De_Destino>[\s\S]*?<\/De_Destino>/u, () => `<De_Destino>${lines.join('')}</De_Destino>`)
    .replace(/<Tipo_Anotacion>\d\d<\/Tipo_Anotacion>/u, '<Tipo_Anotacion>02</Tipo_Anotacion>');
}
