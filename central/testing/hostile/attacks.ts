import { createHash } from 'node:crypto';
import { canonicalJson } from '../../../core/contract/canonical-json.ts';
import { packFiles } from '../../../core/contract/file-bundle.ts';
import { makeVerificationCode } from '../../../core/documents/verification-code.ts';
import { pdf } from '../secret-record.ts';
import { createTestJournal } from '../test-journal.ts';
import type { HostileWorld } from './hostile-world.ts';
import type { Draw } from './random.ts';
import { writeRequest } from './raw-request.ts';

/**
 * What is sent, and what may come back. `refused`: 4xx and nothing else. `answered`: whatever is no failure of the centre,
 * because the request may be right. `kept`: an entry of the attacker's own series, taken whatever it says.
 * `isTorn`: more may be waited for.
 */
export type Attack = Readonly<{
  kind: string;
  pieces: readonly Buffer[];
  expected: 'refused' | 'answered' | 'kept';
  isTorn?: true;
}>;

type Headers = readonly (readonly [string, string])[];

const json: Headers = [['content-type', 'application/json']];
const octets: Headers = [['content-type', 'application/octet-stream']];
const form: Headers = [['content-type', 'application/x-www-form-urlencoded']];
const nothing = Buffer.alloc(0);

export function drawAttack(world: HostileWorld, draw: Draw): Attack {
  const kind = draw.pick(kinds);
  return { kind, ...attacks[kind](world, draw) };
}

type Drawn = Omit<Attack, 'kind'>;

const attacks = {
  'path tricks': (_world, draw) => {
    const path = trickyPath(draw);
    // Behind the address of the page anything is a code that somebody typed.
    return { ...refused(draw, 'GET', path), expected: path.startsWith('/verificar/') ? 'answered' : 'refused' };
  },
  'broken HTTP': (_world, draw) => ({ pieces: [brokenHttp(draw)], expected: 'refused', isTorn: true }),
  noise: (_world, draw) => ({ pieces: [draw.bytes(1 + draw.below(3_000))], expected: 'refused', isTorn: true }),
  'enrolment body': (_world, draw) => withBody(draw, 'POST', '/api/v1/desks', hostileBody(draw)),
  'signature headers': (world, draw) => {
    const path = `/api/v1/series/${world.victim.incoming.seriesId}/cursor`;
    const signed = world.victim.signRequest('GET', path, nothing, { time: new Date() });
    const headers = Object.entries(signed);
    const index = draw.below(headers.length);
    const changed = headers.map(
      ([name, value], place) => [name, place === index ? hostileValue(draw) : value] as const,
    );
    return { pieces: [writeRequest('GET', path, changed)], expected: 'refused' };
  },
  replayed: (world, draw) => ({ pieces: [draw.pick(world.captured)], expected: 'refused' }),
  altered: (world, draw) => {
    const bytes = Buffer.from(draw.pick(world.captured));
    const changes = 1 + draw.below(3);
    for (let count = 0; count < changes; count += 1) {
      bytes[draw.below(bytes.length)] = draw.below(256);
    }
    return { pieces: [bytes], expected: 'refused', isTorn: true };
  },
  cut: (world, draw) => {
    const whole = draw.pick(world.captured);
    return { pieces: [whole.subarray(0, draw.below(whole.length))], expected: 'refused', isTorn: true };
  },
  'of another office': otherOffice,
  'signed with what no address takes': (world, draw) => {
    const [method, path] = draw.pick(oddRequests(draw));
    return signed(world, draw, method, path, [], nothing, 'answered');
  },
  'signed body': (world, draw) => {
    const path = draw.pick([
      `/api/v1/series/${world.attacker.incoming.seriesId}/entries`,
      '/api/v1/seal',
      '/api/v1/audit/checkpoints',
    ]);
    const { headers, body } = hostileBody(draw);
    return signed(world, draw, 'POST', path, headers, body, 'refused');
  },
  'bundle of files': (world, draw) =>
    signed(world, draw, 'POST', '/api/v1/blobs', octets, hostileBundle(draw), 'refused'),
  'back-office system': backOffice,
  'own journal': ownJournal,
  'public page': publicPage,
} as const satisfies Readonly<Record<string, (world: HostileWorld, draw: Draw) => Drawn>>;

const kinds = Object.keys(attacks) as readonly (keyof typeof attacks)[];

function refused(draw: Draw, method: string, path: string): Drawn {
  const headers: Headers = draw.chance(0.3)
    ? [[draw.pick(['x-forwarded-for', 'x-original-url', 'accept']), hostileValue(draw)]]
    : [];
  return { pieces: [writeRequest(method, path, headers)], expected: 'refused' };
}

function withBody(draw: Draw, method: string, path: string, { headers, body }: HostileBody): Drawn {
  const length: Headers = [['content-length', String(body.length)]];
  const chunked: Headers = [['transfer-encoding', 'chunked']];
  const isChunked = draw.chance(0.2);
  const framed = isChunked
    ? Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')])
    : body;
  return {
    pieces: [
      writeRequest(
        method,
        path,
        [...headers, ...(isChunked && body.length > 0 ? chunked : length)],
        isChunked && body.length === 0 ? body : framed,
      ),
    ],
    expected: 'refused',
  };
}

function signed(
  world: HostileWorld,
  draw: Draw,
  method: string,
  path: string,
  headers: Headers,
  body: Buffer,
  expected: Attack['expected'],
): Drawn {
  const own = Object.entries(
    world.attacker.signRequest(method, path, body, { time: new Date(), nonce: draw.bytes(16).toString('hex') }),
  );
  const length: Headers = body.length === 0 && method === 'GET' ? [] : [['content-length', String(body.length)]];
  return { pieces: [writeRequest(method, path, [...own, ...headers, ...length], body)], expected };
}

const climbs = [
  '../',
  '..%2f',
  '%2e%2e/',
  '%2e%2e%2f',
  '..\\',
  '..%5c',
  '%252e%252e%252f',
  '..;/',
  './/',
  '%c0%ae%c0%ae/',
  '\u{ff0e}\u{ff0e}/',
];
const roots = [
  '/',
  '/verificar/',
  '/api/v1/blobs/',
  '/api/v1/series/',
  '//',
  '/verificar/estilo.css/',
  '/openapi.json/',
];
const goals = [
  'etc/passwd',
  'centre-key.pem',
  'data-key',
  'blobs/partial',
  'proc/self/environ',
  'package.json',
  '%00',
  'state',
  '.git/config',
];

function trickyPath(draw: Draw): string {
  const climb = draw.pick(climbs).repeat(1 + draw.below(6));
  const path = `${draw.pick(roots)}${climb}${draw.pick(goals)}${draw.pick(['', '/state', '/cursor', '?offset=0', '#x', '%', '%zz', ';a=b'])}`;
  return Buffer.from(path)
    .toString('latin1')
    .replaceAll(/[\r\n ]/gu, '');
}

function brokenHttp(draw: Draw): Buffer {
  const body = 'a=b';
  const texts = [
    `GET /nothing\r\n\r\n`,
    `GET /nothing HTTP/9.9\r\nhost: x\r\n\r\n`,
    `GET  /nothing HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
    `GET /nothing HTTP/1.1\r\n\r\n`,
    `GET /nothing HTTP/1.1\r\nhost: x\r\nhost: y\r\nconnection: close\r\n\r\n`,
    `POST /api/v1/desks HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    `POST /api/v1/desks HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\n${body}`,
    `POST /api/v1/desks HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n${body}`,
    `POST /api/v1/desks HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999999999999\r\n\r\n${body}`,
    `POST /api/v1/desks HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n`,
    `POST /api/v1/desks HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n-5\r\nabc\r\n0\r\n\r\n`,
    `POST /api/v1/desks HTTP/1.1\r\nhost: x\r\ntransfer-encoding: xchunked\r\n\r\n0\r\n\r\n`,
    `POST /api/v1/desks HTTP/1.1\r\nhost: x\r\ntransfer-encoding: gzip, chunked\r\nconnection: close\r\n\r\n0\r\n\r\n`,
    `CONNECT 127.0.0.1:22 HTTP/1.1\r\nhost: x\r\n\r\n`,
    `TRACE / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
    `OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
    `GET http://127.0.0.1/api/v1/series/x/cursor HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
    `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`,
    `GET /nothing HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
    `GET /nothing HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${'x: y\r\n'.repeat(3_000)}\r\n`,
    `GET /${'a'.repeat(9_000)} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
    `GET /nothing HTTP/1.1\r\nhost: x\r\nx: a\r\n folded\r\nconnection: close\r\n\r\n`,
    `GET /nothing HTTP/1.1\r\nhost: x\r\nx\0y: z\r\n\r\n`,
    `POST /api/v1/desks HTTP/1.1\r\nhost: x\r\nexpect: 200-ok\r\ncontent-length: 3\r\nconnection: close\r\n\r\n${body}`,
    `GET /api/v1/reference HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade, close\r\n\r\n`,
  ];
  return Buffer.from(draw.pick(texts), 'latin1');
}

const strings = [
  '',
  '\0',
  'a\0b',
  '%00',
  "'; DROP TABLE record; --",
  '${7*7}',
  '{{7*7}}',
  '"><script>alert(1)</script>',
  '../../../../etc/passwd',
  '\u{202e}\u{200b}\u{feff}',
  'İıſK',
  'e\u{301}'.repeat(50),
  '\ud800',
  'A'.repeat(5_000),
  '-1',
  '1e400',
  '9007199254740993',
  '__proto__',
];

function hostileValue(draw: Draw): string {
  const text = draw.chance(0.3) ? draw.bytes(draw.below(200)).toString('latin1') : draw.pick(strings);
  return Buffer.from(text)
    .toString('latin1')
    .replaceAll(/[\0\r\n]/gu, '');
}

type HostileBody = Readonly<{ headers: Headers; body: Buffer }>;

function hostileBody(draw: Draw): HostileBody {
  const texts = [
    hostileJson(draw, 0),
    '{"__proto__":{"isAdmin":true},"entries":[]}',
    '{"constructor":{"prototype":{"isAdmin":true}}}',
    '{"entries":[],"entries":[]}',
    '[]',
    'null',
    '"text"',
    '1e400',
    '{"year":1e400,"deskId":null}',
    '{"a":'.repeat(5_000),
    '['.repeat(30_000) + ']'.repeat(30_000),
    `{"a":${'['.repeat(200)}${']'.repeat(200)}}`,
    `{"${'x'.repeat(40_000)}":1}`,
    `{"n":${'9'.repeat(30_000)}}`,
    `{"entries":[${'{},'.repeat(5_000)}{}]}`,
    '\u{feff}{}',
    '{"a":"\\ud800"}',
    '{"a":"\\u0000"}',
    "{'a':1}",
    '{"a":1,}',
    '{"a":NaN}',
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>',
    'a=b&__proto__=c&a=d',
    '',
  ];
  const body = draw.chance(0.15) ? draw.bytes(draw.below(2_000)) : Buffer.from(draw.pick(texts));
  const types: readonly Headers[] = [
    json,
    json,
    json,
    octets,
    form,
    [['content-type', 'text/xml']],
    [['content-type', 'multipart/form-data; boundary=x']],
    [['content-type', 'application/json; charset=utf-16']],
    [['content-type', 'application/json;;;;']],
    [['content-type', '']],
    [
      ['content-type', 'application/json'],
      ['content-encoding', 'gzip'],
    ],
    [],
  ];
  return { headers: draw.pick(types), body };
}

/** Whole files as no desk packs them: heads that are none, that name too many, or other lengths than come. */
function hostileBundle(draw: Draw): Buffer {
  const file = { sha256: createHash('sha256').update(nothing).digest('hex'), byteLength: draw.below(3) };
  const head = (value: unknown) => `${JSON.stringify(value)}\n`;
  return Buffer.concat([
    Buffer.from(
      draw.pick([
        '',
        '\n',
        hostileJson(draw, 0),
        head({ files: [] }),
        head({ files: [{ ...file, byteLength: draw.pick([0, -1, 1.5, 2 ** 53, null]) }] }),
        head({ files: [{ ...file, sha256: draw.pick(strings) }] }),
        head({ files: Array.from({ length: 201 }, () => file) }),
        head({ files: [file], extra: 1 }),
        `{"files":${'['.repeat(20_000)}\n`,
        `${' '.repeat(70_000)}${head({ files: [file] })}`,
        head({ files: [file, file] }),
        Buffer.from(packFiles([pdf])).toString('latin1', 0, 100 + draw.below(300)),
      ]),
    ),
    draw.bytes(draw.below(200)),
  ]);
}

const names = [
  'entries',
  'seriesId',
  'sequence',
  'hash',
  'body',
  'deskId',
  'officeCode',
  'year',
  '__proto__',
  'constructor',
  'toString',
  '',
];

function hostileJson(draw: Draw, depth: number): string {
  const kind = depth > 4 ? draw.below(4) : draw.below(6);
  switch (kind) {
    case 0:
      return draw.pick(['0', '-0', '1.5', '-1', '1e308', '1e400', '9007199254740993', '2147483648', '99999999999']);
    case 1:
      return JSON.stringify(draw.pick(strings));
    case 2:
      return draw.pick(['true', 'false', 'null']);
    case 3:
      return '[]';
    case 4:
      return `[${Array.from({ length: draw.below(4) }, () => hostileJson(draw, depth + 1)).join(',')}]`;
    default:
      return `{${Array.from({ length: draw.below(6) }, () => `${JSON.stringify(draw.pick(names))}:${hostileJson(draw, depth + 1)}`).join(',')}}`;
  }
}

function otherOffice(world: HostileWorld, draw: Draw): Drawn {
  const { victim, victimJournal, victimRecord } = world;
  const entries = Buffer.from(JSON.stringify({ entries: victimJournal.entries }));
  const forged = createTestJournal(victim.incoming, new Date());
  forged.addRecord();
  const seal = {
    recordId: victimRecord.recordId,
    receiptSha256: pdf.sha256,
    signedAttributes: Buffer.from('attributes').toString('base64'),
  };
  const requests: readonly (readonly [string, string, Headers, Buffer])[] = [
    ['GET', `/api/v1/series/${victim.incoming.seriesId}/cursor`, [], nothing],
    ['POST', `/api/v1/series/${victim.incoming.seriesId}/entries`, json, entries],
    [
      'POST',
      `/api/v1/series/${victim.incoming.seriesId}/entries`,
      json,
      Buffer.from(JSON.stringify({ entries: forged.entries })),
    ],
    ['GET', `/api/v1/blobs/${pdf.sha256}/state`, [], nothing],
    ['GET', `/api/v1/series/${victim.incoming.seriesId}/entries?after=0`, [], nothing],
    ['GET', `/api/v1/blobs/${pdf.sha256}?offset=${draw.below(2_000)}`, [], nothing],
    ['PUT', `/api/v1/blobs/${pdf.sha256}?offset=0`, octets, Buffer.from(pdf.content)],
    ['PUT', `/api/v1/blobs/${pdf.sha256}?offset=1`, octets, draw.bytes(50)],
    ['POST', '/api/v1/blobs', octets, Buffer.from(packFiles([pdf]))],
    ['POST', '/api/v1/seal', json, Buffer.from(JSON.stringify(seal))],
  ];
  const [method, path, headers, body] = draw.pick(requests);
  return signed(world, draw, method, path, headers, body, 'refused');
}

/** The feed and the exchanges: without a token, with a broken one, and with that of an office that has nothing. */
function backOffice({ emptyOfficeToken, victimRecord }: HostileWorld, draw: Draw): Drawn {
  const odd = encodeURIComponent(draw.pick(strings).toWellFormed()).slice(0, 300);
  const broken = draw.pick([
    [],
    [['authorization', 'Bearer ']],
    [['authorization', `Basic ${emptyOfficeToken}`]],
    [['authorization', `Bearer ${emptyOfficeToken.slice(1)}`]],
    [['authorization', hostileValue(draw)]],
  ] satisfies readonly Headers[]);
  const hasToken = draw.chance(0.7);
  const token: Headers = hasToken ? [['authorization', `Bearer ${emptyOfficeToken}`]] : broken;
  const exchangeId = draw.pick(['O00009999_26_00000042', '__PROTO__', odd]);
  const isReading = draw.chance(0.4);
  if (isReading) {
    const [path, expected] = draw.pick([
      [`/feed/v1/entries?after=${odd}`, 'answered'],
      ['/feed/v1/entries?after=0&limit=500', 'answered'],
      ['/feed/v1/entries?after=9007199254740991&limit=1', 'answered'],
      ['/feed/v1/entries?after=0&after=1', 'answered'],
      ['/feed/v1/exchanges', 'answered'],
      [`/feed/v1/files/${pdf.sha256}`, 'refused'],
      [`/feed/v1/files/${odd}`, 'refused'],
    ] as const);
    return { pieces: [writeRequest('GET', path, token)], expected: hasToken ? expected : 'refused' };
  }
  const path = draw.pick([
    '/feed/v1/exchanges',
    `/feed/v1/exchanges/${exchangeId}/confirmation`,
    `/feed/v1/exchanges/${exchangeId}/rejection`,
  ]);
  const ofVictim = {
    '/feed/v1/exchanges': {
      recordId: victimRecord.recordId,
      destination: { officeCode: 'O00001111', officeName: null, unitCode: null, unitName: null },
    },
    rejection: { reason: 'x' },
  };
  const { headers, body } = draw.chance(0.5)
    ? hostileBody(draw)
    : { headers: json, body: Buffer.from(JSON.stringify(draw.pick(Object.values(ofVictim)))) };
  return withBody(draw, 'POST', path, { headers: [...token, ...headers], body });
}

function oddRequests(draw: Draw): readonly (readonly [string, string])[] {
  const odd = encodeURIComponent(draw.pick(strings).toWellFormed());
  return [
    ['GET', `/api/v1/series/${odd.slice(0, 190)}/cursor`],
    ['GET', '/api/v1/series/%00/cursor'],
    ['GET', '/api/v1/series/%E2%82%AC/cursor'],
    ['GET', `/api/v1/blobs/${odd.slice(0, 190)}/state`],
    ['GET', `/api/v1/reference?version=${odd}`],
    ['GET', '/api/v1/reference?version=2147483648'],
    ['GET', '/api/v1/reference?version=9007199254740991'],
    ['GET', '/api/v1/reference?version=1&version=2'],
    ['GET', '/api/v1/reference?version[]=1&__proto__[x]=1'],
    ['GET', `/api/v1/series/${odd.slice(0, 190)}/entries?after=${odd}`],
    ['GET', '/api/v1/series/x/entries?after=0&after=1'],
    ['GET', '/api/v1/series'],
    ['GET', '/api/v1/desk'],
    ['GET', `/api/v1/blobs/${pdf.sha256}?offset=${odd}`],
    ['GET', `/api/v1/blobs/${'0'.repeat(64)}?offset=2147483647`],
    ['PUT', `/api/v1/blobs/${pdf.sha256}?offset=${odd}`],
    ['PUT', `/api/v1/blobs/${'0'.repeat(64)}?offset=9007199254740991`],
    ['DELETE', `/api/v1/blobs/${pdf.sha256}`],
    ['PATCH', '/api/v1/seal'],
  ];
}

/** Entries that are next in the attacker's own series, with bodies that no desk would write. */
function ownJournal(world: HostileWorld, draw: Draw): Drawn {
  const { attackerJournal, victimRecord } = world;
  const sequence = attackerJournal.entries.length + 1;
  switch (draw.below(6)) {
    case 0:
      attackerJournal.addBody(hostileJson(draw, 0));
      break;
    case 1:
      attackerJournal.addBody(
        draw.pick([
          '{"x":1e400}',
          '['.repeat(200_000) + ']'.repeat(200_000),
          `${'['.repeat(500)}${']'.repeat(500)}`,
          '{"kind":"record","kind":"event"}',
          '{"__proto__":{"kind":"record"}}',
        ]),
      );
      break;
    case 2:
      // The victim's record, documents, codes and files as one's own.
      attackerJournal.addRecord({ ...victimRecord, ...own(world) });
      break;
    case 3:
      attackerJournal.addEvent(victimRecord, {
        type: 'annulled',
        at: victimRecord.recordedAt,
        reason: 'x',
        supervisorId: 'x',
      });
      break;
    default:
      attackerJournal.addBody(mutateRecord(world, draw));
  }
  const entries = attackerJournal.entries.slice(sequence - 1);
  const path = `/api/v1/series/${world.attacker.incoming.seriesId}/entries`;
  return signed(world, draw, 'POST', path, json, Buffer.from(JSON.stringify({ entries })), 'kept');
}

function own({ attacker }: HostileWorld) {
  return { seriesId: attacker.incoming.seriesId, officeCode: attacker.officeCode, deskNumber: attacker.deskNumber };
}

/** A record of which one value, anywhere, is another. */
function mutateRecord(world: HostileWorld, draw: Draw): string {
  const scratch = createTestJournal(world.attacker.incoming, new Date());
  scratch.addRecord();
  const body = JSON.parse(scratch.entries[0]?.body ?? '') as unknown;
  const places: (readonly [Record<string, unknown>, string])[] = [];
  const walk = (value: unknown) => {
    if (typeof value !== 'object' || value === null) return;
    for (const key of Object.keys(value)) {
      places.push([value as Record<string, unknown>, key]);
      walk((value as Record<string, unknown>)[key]);
    }
  };
  walk(body);
  const [holder, key] = draw.pick(places);
  const values = [
    null,
    [],
    {},
    true,
    -1,
    0,
    1.5,
    9_007_199_254_740_991,
    2_147_483_648,
    ...strings,
    '2026-02-30T00:00:00+01:00',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59+23:59',
    createHash('sha256').update('x').digest('hex'),
  ];
  holder[key] = draw.pick(values);
  return canonicalJson(body);
}

function publicPage(world: HostileWorld, draw: Draw): Drawn {
  const odd = encodeURIComponent(draw.pick(strings).toWellFormed());
  const code = draw.pick([
    odd,
    makeVerificationCode('VEN'),
    world.victimRecord.documents[0]?.verificationCode ?? '',
    '%00',
    '%F0%9F%92%A9',
  ]);
  const pass = draw.pick([
    odd,
    'e30.AAAA',
    '',
    `${Buffer.from('{"id":"x","expiresAt":9e15}').toString('base64url')}.${'A'.repeat(43)}`,
  ]);
  const paths = [
    `/verificar?csv=${code}`,
    `/verificar?csv=${code}&pase=${pass}`,
    `/verificar?csv=${code}&csv=${code}&__proto__=x`,
    `/verificar/${code.slice(0, 190)}`,
    `/verificar/${code.slice(0, 190)}?pase=${pass}`,
    `/verificar/${code.slice(0, 190)}/version/${draw.pick(['1', '0', '-1', '1e9', '99999999999999999999', odd])}?pase=${pass}`,
    `/verificar/${code.slice(0, 190)}/firma?pase=${pass}`,
  ];
  if (draw.chance(0.6)) {
    return { pieces: [writeRequest('GET', draw.pick(paths), [])], expected: 'answered' };
  }
  const fields = `codigo=${code}&respuesta=${odd}&pregunta=${draw.pick([odd, pass])}&pase=${pass}`;
  const drawn = draw.chance(0.5) ? { headers: form, body: Buffer.from(fields) } : hostileBody(draw);
  return { ...withBody(draw, 'POST', '/verificar', drawn), expected: 'refused' };
}
