import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  randomUUID,
  sign,
  verify,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { packFiles } from '../../core/contract/file-bundle.ts';
import type { NamedFile } from '../../core/contract/file-bundle.ts';
import { enrolmentResponseSchema, requestHeaders, requestSigningText } from '../../core/contract/sync-protocol.ts';
import type { SeriesGrant } from '../../core/contract/sync-protocol.ts';
import type { Centre } from '../centre.ts';

export type Answer = Readonly<{ status: number; body: unknown }>;

/** What a dishonest or broken line may change. `sent`: another body than the one that was signed. */
export type RequestChange = Readonly<{
  time?: Date;
  nonce?: string;
  sent?: Uint8Array;
  signedPath?: string;
  /** In the place of the JSON of the body, and signed. */
  text?: string;
  key?: KeyObject;
  deskId?: string;
  /** Another instance of the centre. */
  url?: string;
}>;

/** A desk that speaks the protocol by hand, so that a test may break each rule of it. */
export type TestDesk = Readonly<{
  deskId: string;
  officeCode: string;
  deskNumber: string;
  series: readonly SeriesGrant[];
  incoming: SeriesGrant;
  /** The headers of a request of this desk. */
  signRequest(method: string, path: string, body: Uint8Array, change?: RequestChange): Readonly<Record<string, string>>;
  get(path: string, change?: RequestChange): Promise<Answer>;
  post(path: string, body: unknown, change?: RequestChange): Promise<Answer>;
  put(path: string, body: Uint8Array, change?: RequestChange): Promise<Answer>;
  /** Whole files together. */
  postFiles(files: readonly NamedFile[], change?: RequestChange): Promise<Answer>;
  /** Base64 of its signature on a text. */
  sign(text: string): string;
  /** Base64 of its raw public key. */
  publicKey: string;
}>;

export async function enrolTestDesk(
  centre: Pick<Centre, 'url' | 'issueEnrolmentCode'>,
  officeCode: string,
  deskNumber: string,
  now: Date,
): Promise<TestDesk> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const deskId = randomUUID();
  const rawKey = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64');
  const response = await fetch(`${centre.url}/api/v1/desks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      enrolmentCode: await centre.issueEnrolmentCode(officeCode, deskNumber),
      deskId,
      officeCode,
      deskNumber,
      publicKey: rawKey,
      year: now.getUTCFullYear(),
    }),
  });
  const { series } = enrolmentResponseSchema.parse(await response.json());
  const incoming = series.find(({ direction, year }) => direction === 'incoming' && year === now.getUTCFullYear());
  if (incoming === undefined) throw new Error('no series was granted');

  function signed(method: string, path: string, body: Uint8Array, change: RequestChange = {}) {
    const time = (change.time ?? now).toISOString();
    const nonce = change.nonce ?? randomBytes(16).toString('hex');
    const text = requestSigningText({
      method,
      pathAndQuery: change.signedPath ?? path,
      time,
      nonce,
      bodySha256: createHash('sha256').update(body).digest('hex'),
    });
    return {
      [requestHeaders.desk]: change.deskId ?? deskId,
      [requestHeaders.time]: time,
      [requestHeaders.nonce]: nonce,
      [requestHeaders.signature]: sign(null, Buffer.from(text), change.key ?? privateKey).toString('base64'),
    };
  }

  async function send(method: string, path: string, type: string | null, body: Uint8Array, change: RequestChange) {
    const sent = change.sent ?? body;
    const answer = await fetch((change.url ?? centre.url) + path, {
      method,
      headers: {
        ...signed(method, path, body, change),
        ...(type === null ? {} : { 'content-type': type }),
      },
      ...(type === null ? {} : { body: Buffer.from(sent) }),
    });
    const answerText = await answer.text();
    return { status: answer.status, body: answerText === '' ? null : (JSON.parse(answerText) as unknown) };
  }

  return {
    deskId,
    officeCode,
    deskNumber,
    series,
    incoming,
    signRequest: signed,
    get: (path, change = {}) => send('GET', path, null, new Uint8Array(0), change),
    post: (path, body, change = {}) =>
      send('POST', path, 'application/json', Buffer.from(change.text ?? JSON.stringify(body)), change),
    put: (path, body, change = {}) => send('PUT', path, 'application/octet-stream', body, change),
    postFiles: (files, change = {}) =>
      send('POST', '/api/v1/blobs', 'application/octet-stream', packFiles(files), change),
    sign: (text) => sign(null, Buffer.from(text), privateKey).toString('base64'),
    publicKey: rawKey,
  };
}

/** A key that no desk has. */
export function strangerKey(): KeyObject {
  const { privateKey } = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { format: 'pem', type: 'pkcs8' },
    publicKeyEncoding: { format: 'pem', type: 'spki' },
  });
  return createPrivateKey(privateKey);
}

/** True when the centre signed the text: what a desk checks of every answer. */
export function isSignedByCentre({ publicKey }: Centre, text: string, signature: string): boolean {
  const key = createPublicKey({
    key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(publicKey, 'base64')]),
    format: 'der',
    type: 'spki',
  });
  return verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64'));
}
