import { randomUUID } from 'node:crypto';
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import {
  bombXml,
  capabilitiesXml,
  fullAbilities,
  imageInfoXml,
  statusXml,
  type ServerAbilities,
} from './escl-documents.ts';
import { allAddresses, toUrlHost } from '../escl/ipv6-host.ts';
import { encodePage, type DrawnPage } from './escl-pages.ts';

/** What goes wrong. Those of a page happen at page `at`. */
export type EsclFault =
  | 'none'
  // Paper.
  | 'jamZeroBytes'
  | 'jamNotFound'
  | 'jamUntold'
  | 'doubleFeed'
  | 'coverOpen'
  | 'coverOpenBefore'
  // The device.
  | 'busy'
  | 'neverReady'
  | 'outOfMemory'
  | 'unauthorized'
  | 'forbidden'
  | 'serverError'
  | 'aborted'
  | 'cancelledOnDevice'
  // Pages that are none.
  | 'cutJpeg'
  | 'lyingLength'
  | 'goneInMidPage'
  | 'hangInMidPage'
  | 'trickle'
  | 'endless'
  | 'halfResolution'
  | 'halfResolutionUntold'
  | 'otherDensity'
  | 'otherMode'
  | 'otherFormat'
  | 'wrongType'
  | 'noise'
  | 'imageInfoLies'
  | 'repeatedPage'
  // Answers that are none.
  | 'garbageXml'
  | 'bomb'
  | 'deepXml'
  | 'longXml'
  | 'redirects'
  | 'redirectElsewhere'
  | 'notHttp'
  | 'hang';

export type EsclServer = Readonly<{
  /** Root of the service. */
  url: string;
  port: number;
  uuid: string;
  /** Puts sheets into the feeder: sides that a job will give. */
  load(sides: number): void;
  fail(fault: EsclFault, at?: number): void;
  abilities(changes: Partial<ServerAbilities>): void;
  /** How the end of the feeder is said: 404, 409 or 410. */
  endWith(status: number): void;
  /** Puts a name before the path of a job, as devices do, which this machine may not be able to resolve. */
  callItself(origin: string): void;
  /** Sides that are white from edge to edge. */
  blank(isBlank: boolean): void;
  /** What the last job was asked to be, by the name of a setting; empty where it said nothing of it. */
  lastSettings(name: string): string;
  /** What was asked: `POST /eSCL/ScanJobs`. */
  asked: readonly string[];
  /** Resolves when a path with this end has been asked for so many times; rejects when that takes 50 s. */
  untilAsked(end: string, times: number): Promise<void>;
  /** Jobs that nobody has ended yet. */
  openJobs(): number;
  /** Pulls the plug: connections break and nobody listens. */
  vanish(): Promise<void>;
  /** Plugs it in again, at the same port. */
  appear(): Promise<void>;
  close(): Promise<void>;
}>;

type Job = { path: string; page: DrawnPage; isFeeder: boolean; sent: number; isOpen: boolean; last: DrawnPage | null };

export type EsclServerOptions = Readonly<{
  /** PEM texts. */
  secure?: Readonly<{ key: string; cert: string }>;
  /** 127.0.0.1, ::1, or one that counts on one network only, with its name: fe80::7%eth0. */
  address?: string;
  /** Draws so many pages and gives them again and again: for a stack whose length is what matters. */
  differentPages?: number;
}>;

/** An eSCL scanner on this machine that follows the protocol, and by `fail` breaks it in one way. */
export async function createEsclServer(options: EsclServerOptions = {}): Promise<EsclServer> {
  const { address = '127.0.0.1' } = options;
  const uuid = randomUUID();
  const sockets = new Set<Socket>();
  const asked: string[] = [];
  const jobs: Job[] = [];
  const drawings = new Map<string, Buffer>();
  let abilities = fullAbilities;
  let sides = 0;
  let fault: EsclFault = 'none';
  let faultAt = 1;
  let endStatus = 404;
  let isBlank = false;
  let ownName = '';
  let lastSettings = '';
  let server = open();
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const [ownAddress = '', network] = address.split('%');
  const number = Math.max(0, ...allAddresses().flatMap(({ name, scopeid }) => (name === network ? scopeid : [])));

  function open(): Server {
    const handler = (request: IncomingMessage, response: ServerResponse) => void handle(request, response);
    const created: Server =
      options.secure === undefined ? createHttpServer(handler) : createHttpsServer(options.secure, handler);
    created.on(options.secure === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    });
    return created;
  }

  function listen(at: number): Promise<void> {
    return new Promise((resolve) => server.listen(at, address, resolve));
  }

  async function vanish(): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await closed;
  }

  function faultNow(...kinds: readonly EsclFault[]): boolean {
    return kinds.includes(fault);
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    asked.push(`${request.method ?? ''} ${path}`);
    if (faultNow('hang')) return;
    if (faultNow('notHttp')) {
      response.socket?.end('ESCANER LISTO\r\n\r\n');
      return;
    }
    if (faultNow('unauthorized')) return answer(response, 401);
    if (faultNow('forbidden')) return answer(response, 403);
    if (path === '/eSCL/ScannerCapabilities') return answerCapabilities(response);
    if (path === '/eSCL/ScannerStatus') return answer(response, 200, currentStatus());
    if (path === '/eSCL/ScanJobs' && request.method === 'POST') return startJob(await readBody(request), response);
    const job = jobs.find((each) => path.startsWith(each.path));
    if (job === undefined) return answer(response, 404);
    if (request.method === 'DELETE') {
      job.isOpen = false;
      return answer(response, 200);
    }
    if (path.endsWith('/ScanImageInfo')) return answerImageInfo(job, response);
    if (path.endsWith('/NextDocument')) return nextDocument(job, response);
    return answer(response, 404);
  }

  function answer(response: ServerResponse, status: number, xml = ''): void {
    response.writeHead(status, { 'content-type': 'text/xml', 'content-length': Buffer.byteLength(xml) });
    response.end(xml);
  }

  function answerCapabilities(response: ServerResponse): void {
    const redirect = (location: string) => response.writeHead(302, { location, 'content-length': 0 }).end();
    if (faultNow('garbageXml')) return answer(response, 200, '<scan:ScannerCapabilities><unfinished');
    if (faultNow('bomb')) return answer(response, 200, bombXml('ScannerCapabilities'));
    if (faultNow('deepXml'))
      return answer(
        response,
        200,
        `<ScannerCapabilities>${'<a>'.repeat(150)}${'</a>'.repeat(150)}</ScannerCapabilities>`,
      );
    if (faultNow('longXml'))
      return answer(response, 200, `<ScannerCapabilities>${' '.repeat(2 * 1024 * 1024)}</ScannerCapabilities>`);
    if (faultNow('redirects')) {
      redirect('/eSCL/ScannerCapabilities');
      return;
    }
    if (faultNow('redirectElsewhere')) {
      redirect('http://127.0.0.2:9/eSCL/ScannerCapabilities');
      return;
    }
    answer(response, 200, capabilitiesXml(abilities, uuid));
  }

  function currentStatus(): string {
    const hasHappened = jobs.some(({ sent }) => sent >= faultAt - 1);
    const faultState = !hasHappened
      ? undefined
      : (
          {
            jamZeroBytes: 'ScannerAdfJam',
            jamNotFound: 'ScannerAdfJam',
            doubleFeed: 'ScannerAdfMultipickDetected',
            coverOpen: 'ScannerAdfHatchOpen',
          } as Readonly<Partial<Record<EsclFault, string>>>
        )[fault];
    const jobState = (job: Job) => {
      if (faultNow('aborted')) return 'Aborted';
      if (faultNow('cancelledOnDevice')) return 'Canceled';
      return job.isOpen ? 'Processing' : 'Completed';
    };
    return statusXml({
      state: jobs.some(({ isOpen }) => isOpen) ? 'Processing' : 'Idle',
      adfState: faultState ?? (sides > 0 ? 'ScannerAdfLoaded' : 'ScannerAdfEmpty'),
      reasons: faultNow('coverOpenBefore') ? ['CoverOpen'] : [],
      jobs: jobs.map((job) => ({ path: job.path, state: jobState(job), images: job.sent })),
    });
  }

  function startJob(settings: string, response: ServerResponse): void {
    if (faultNow('busy')) return answer(response, 503);
    lastSettings = settings;
    const isFeeder = readSetting('InputSource') === 'Feeder';
    if (isFeeder && sides === 0) return answer(response, 409);
    const dpi = Number(readSetting('XResolution'));
    const toPixels = (name: string) => Math.round((Number(readSetting(name)) * dpi) / 300);
    const page = {
      width: toPixels('Width'),
      height: toPixels('Height'),
      dpi,
      colorMode: readSetting('ColorMode') as DrawnPage['colorMode'],
      format: readSetting('DocumentFormat') || readSetting('DocumentFormatExt'),
    };
    const path = `/eSCL/ScanJobs/${randomUUID()}`;
    jobs.push({ path, page, isFeeder, sent: 0, isOpen: true, last: null });
    response.writeHead(201, { location: `${ownName}${path}`, 'content-length': 0 }).end();
  }

  function readSetting(name: string): string {
    return new RegExp(`<(?:\\w+:)?${name}>([^<]*)<`, 'u').exec(lastSettings)?.[1] ?? '';
  }

  function answerImageInfo(job: Job, response: ServerResponse): void {
    const { last } = job;
    if (last === null) return answer(response, 404);
    const width = faultNow('imageInfoLies') && job.sent === faultAt ? last.width - 1 : last.width;
    answer(response, 200, imageInfoXml(job.path, width, last.height, last.colorMode === 'RGB24' ? 3 : 1));
  }

  async function nextDocument(job: Job, response: ServerResponse): Promise<void> {
    // What goes wrong is settled when the page is asked for, whatever the test does while it is drawn.
    const kind: EsclFault = job.sent + 1 === faultAt ? fault : 'none';
    const is = (...kinds: readonly EsclFault[]) => kinds.includes(kind);
    if (is('jamZeroBytes', 'jamUntold')) return sendPage(response, job.page.format, Buffer.alloc(0));
    if (is('jamNotFound')) return answer(response, 404);
    if (is('doubleFeed', 'coverOpen')) return answer(response, 409);
    if (is('neverReady')) return answer(response, 503);
    if (is('outOfMemory')) return answer(response, 507);
    if (is('serverError')) return answer(response, 500);
    if (is('aborted', 'cancelledOnDevice')) return answer(response, 404);
    const isOver = !job.isOpen || (job.isFeeder ? sides === 0 : job.sent > 0);
    if (isOver) {
      job.isOpen = false;
      return answer(response, endStatus);
    }
    const drawn = spoil(job.page, kind);
    const repeats = is('repeatedPage') ? 0 : 1;
    const encoded = await draw(job.sent + repeats, drawn);
    job.last = drawn;
    if (isBroken(response, drawn.format, encoded, kind)) return;
    job.sent += 1;
    sides -= job.isFeeder ? 1 : 0;
    sendPage(response, is('wrongType') ? 'text/html' : drawn.format, encoded);
  }

  async function draw(number: number, page: DrawnPage): Promise<Buffer> {
    const { differentPages } = options;
    if (differentPages === undefined) return encodePage(number, page, isBlank);
    const key = JSON.stringify([number % differentPages, page]);
    const encoded = drawings.get(key) ?? (await encodePage(number % differentPages, page, isBlank));
    drawings.set(key, encoded);
    return encoded;
  }

  function spoil(page: DrawnPage, kind: EsclFault): DrawnPage {
    const half = { width: Math.round(page.width / 2), height: Math.round(page.height / 2) };
    if (kind === 'halfResolution') return { ...page, ...half, dpi: Math.round(page.dpi / 2) };
    if (kind === 'halfResolutionUntold') return { ...page, ...half };
    if (kind === 'otherDensity') return { ...page, dpi: page.dpi + 100 };
    if (kind === 'otherMode') return { ...page, colorMode: page.colorMode === 'RGB24' ? 'Grayscale8' : 'RGB24' };
    if (kind === 'otherFormat') return { ...page, format: page.format === 'image/png' ? 'image/jpeg' : 'image/png' };
    return page;
  }

  /** True when the page has been sent, or not sent, in a way of its own. */
  function isBroken(response: ServerResponse, format: string, encoded: Buffer, kind: EsclFault): boolean {
    const half = encoded.subarray(0, Math.floor(encoded.length / 2));
    const type = { 'content-type': format };
    if (kind === 'cutJpeg') sendPage(response, format, half);
    else if (kind === 'noise') sendPage(response, format, Buffer.alloc(5_000, 0x55));
    else if (kind === 'lyingLength') {
      response.writeHead(200, { ...type, 'content-length': encoded.length });
      response.write(half, () => response.socket?.destroy());
    } else if (kind === 'goneInMidPage') {
      response.writeHead(200, { ...type, 'content-length': encoded.length });
      response.write(half, () => void vanish());
    } else if (kind === 'hangInMidPage') {
      response.writeHead(200, { ...type, 'content-length': encoded.length });
      response.write(half);
    } else if (kind === 'trickle') {
      response.writeHead(200, type);
      const timer = setInterval(() => response.write(Buffer.alloc(10)), 100);
      response.on('close', () => clearInterval(timer));
    } else if (kind === 'endless') {
      response.writeHead(200, type);
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      };
      response.on('drain', more);
      more();
    } else return false;
    return true;
  }

  function sendPage(response: ServerResponse, type: string, page: Buffer): void {
    response.writeHead(200, { 'content-type': type, 'content-length': page.length });
    response.end(page);
  }

  return {
    url: `${options.secure === undefined ? 'http' : 'https'}://${toUrlHost(ownAddress, number)}:${port}/eSCL`,
    port,
    uuid,
    load(count) {
      sides = count;
    },
    fail(kind, at = 1) {
      fault = kind;
      faultAt = at;
    },
    abilities(changes) {
      abilities = { ...abilities, ...changes };
    },
    endWith(status) {
      endStatus = status;
    },
    callItself(origin) {
      ownName = origin;
    },
    blank(value) {
      isBlank = value;
    },
    lastSettings: readSetting,
    asked,
    async untilAsked(end, times) {
      const patience = AbortSignal.timeout(50_000);
      while (asked.filter((line) => line.endsWith(end)).length < times)
        await setTimeout(20, null, { signal: patience });
    },
    openJobs: () => jobs.filter(({ isOpen }) => isOpen).length,
    vanish,
    async appear() {
      server = open();
      await listen(port);
    },
    async close() {
      if (server.listening) await vanish();
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
