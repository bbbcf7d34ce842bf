import { createHash, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unpackFiles } from '../../core/contract/file-bundle.ts';
import {
  acknowledgementSigningText,
  answerHeader,
  answerSigningText,
  blobSigningText,
  entriesRequestSchema,
  entriesResponseSchema,
  requestHeaders,
} from '../../core/contract/sync-protocol.ts';
import type { Acknowledgement, EntriesResponse } from '../../core/contract/sync-protocol.ts';
import { answer, openLine, pass } from './line.ts';
import type { Answered, Line, Taken } from './line.ts';

/*
 * A centre that lies, or somebody on the line who says to be the centre. `own`: the lie is signed with the centre's own key;
 * `foreign`: with another one; `none`: as it stands, under a signature that was made for something else.
 */
export const lies = {
  /** Acknowledges entries and files, and keeps none of them. */
  forgets: 'own',
  wrongHash: 'own',
  /** Says in each answer that it has only the first entry. */
  olderCursor: 'own',
  nothingAcknowledged: 'own',
  wrongOrder: 'own',
  notDurable: 'own',
  acknowledgedByStranger: 'foreign',
  forkByStranger: 'foreign',
  fileByStranger: 'foreign',
  /** What was signed for the entries before. */
  answerOfOtherRecord: 'none',
  cursorAhead: 'none',
  forkInvented: 'none',
  /** Says durable where the centre said that it is not, or the other way round. */
  durabilityChanged: 'none',
} as const;

export type Lie = keyof typeof lies;

export type LyingLine = Line &
  Readonly<{
    /** From now on; null: honest. */
    tell: (lie: Lie | null) => void;
    /** How many times it was told. */
    told: () => number;
  }>;

export async function openLyingLine(centreUrl: string, dataFolder: string): Promise<LyingLine> {
  const own = createPrivateKey(readFileSync(join(dataFolder, 'centre-key.pem')));
  const foreign = generateKeyPairSync('ed25519').privateKey;
  let lie: Lie | null = null;
  let told = 0;
  let lastAccepted: Answered | null = null;

  async function reply(taken: Taken): Promise<Answered> {
    const isEntries = taken.method === 'POST' && taken.path.endsWith('/entries');
    const isFile = taken.path.startsWith('/api/v1/blobs');
    const made = lie === null ? null : await make(lie, taken, isEntries, isFile);
    if (made !== null) {
      told += 1;
      return made;
    }
    const honest = await pass(centreUrl, taken);
    if (isEntries && honest.status === 200) lastAccepted = honest;
    return honest;
  }

  async function make(current: Lie, taken: Taken, isEntries: boolean, isFile: boolean): Promise<Answered | null> {
    const isCursor = taken.method === 'GET' && taken.path === '/api/v1/series';
    switch (current) {
      case 'forgets':
        if (isEntries) return say(200, accept(taken, own), taken, own);
        return isFile ? say(200, holdFiles(taken, own, true), taken, own) : null;
      case 'wrongHash': {
        if (!isEntries) return null;
        const wrong = accept(taken, own, (hash) => createHash('sha256').update(hash).digest('hex'));
        return say(200, wrong, taken, own);
      }
      case 'olderCursor':
        return isEntries ? say(409, { result: 'gap', cursor: 0, cursorHash: '0'.repeat(64) }, taken, own) : null;
      case 'nothingAcknowledged':
        return isEntries ? say(200, { result: 'accepted', isDurable: true, acknowledgements: [] }, taken, own) : null;
      case 'wrongOrder': {
        if (!isEntries) return null;
        const honest = await pass(centreUrl, taken);
        const response = entriesResponseSchema.parse(JSON.parse(honest.body.toString()));
        if (response.result !== 'accepted') return null;
        return say(200, { ...response, acknowledgements: response.acknowledgements.toReversed() }, taken, own);
      }
      case 'notDurable': {
        if (!isFile) return null;
        const honest = await pass(centreUrl, taken);
        return honest.body.includes('"complete"') ? say(200, holdFiles(taken, own, false), taken, own) : null;
      }
      case 'acknowledgedByStranger':
        return isEntries ? say(200, accept(taken, foreign), taken, foreign) : null;
      case 'forkByStranger':
        return isEntries ? say(409, { result: 'fork', sequence: 1, hash: '0'.repeat(64) }, taken, foreign) : null;
      case 'fileByStranger':
        return isFile ? say(200, holdFiles(taken, foreign, true), taken, foreign) : null;
      case 'answerOfOtherRecord':
        return isEntries ? lastAccepted : null;
      case 'cursorAhead': {
        if (!isCursor) return null;
        const honest = await pass(centreUrl, taken);
        return altered(honest, (text) => text.replace(/"cursor":\d+/u, '"cursor":99000'));
      }
      case 'forkInvented': {
        if (!isEntries) return null;
        return {
          ...(await pass(centreUrl, taken)),
          status: 409,
          body: Buffer.from('{"result":"fork","sequence":1,"hash":""}'),
        };
      }
      case 'durabilityChanged':
        return isFile
          ? altered(await pass(centreUrl, taken), (text) => text.replace('"isDurable":true', '"isDurable":false'))
          : null;
    }
  }

  const line = await openLine(async (taken, outgoing) => answer(outgoing, await reply(taken)));
  return {
    ...line,
    tell(next) {
      lie = next;
      told = 0;
    },
    told: () => told,
  };
}

function say(status: number, content: unknown, { headers }: Taken, key: KeyObject): Answered {
  const body = Buffer.from(JSON.stringify(content));
  const bodySha256 = createHash('sha256').update(body).digest('hex');
  const nonce = String(headers[requestHeaders.nonce]);
  const signature = signText(key, answerSigningText({ nonce, status, bodySha256 }));
  return { status, headers: { 'content-type': 'application/json', [answerHeader]: signature }, body };
}

function accept({ body }: Taken, key: KeyObject, hashOf = (hash: string) => hash): EntriesResponse {
  const { entries } = entriesRequestSchema.parse(JSON.parse(body.toString()));
  const acknowledgements = entries.map(({ seriesId, sequence, hash }): Acknowledgement => {
    const content = { seriesId, sequence, hash: hashOf(hash), acknowledgedAt: '2026-11-20T10:42:07+01:00' };
    return { ...content, quarantineReasons: [], signature: signText(key, acknowledgementSigningText(content)) };
  });
  return { result: 'accepted', isDurable: true, acknowledgements };
}

/** Of one file that the address names, or of each of a bundle. */
function holdFiles({ path, body }: Taken, key: KeyObject, isDurable: boolean) {
  const named = /[0-9a-f]{64}/u.exec(path)?.[0];
  if (named !== undefined) return holdFile(named, key, isDurable);
  return { files: (unpackFiles(body) ?? []).map(({ sha256 }) => holdFile(sha256, key, isDurable)) };
}

function holdFile(sha256: string, key: KeyObject, isDurable: boolean) {
  const content = { byteLength: 1, acknowledgedAt: '2026-11-20T10:42:07+01:00', isDurable };
  return { state: 'complete', ...content, signature: signText(key, blobSigningText({ sha256, ...content })) };
}

function altered(honest: Answered, change: (text: string) => string): Answered | null {
  const body = change(honest.body.toString());
  return body === honest.body.toString() ? null : { ...honest, body: Buffer.from(body) };
}

function signText(key: KeyObject, text: string): string {
  return sign(null, Buffer.from(text), key).toString('base64');
}
