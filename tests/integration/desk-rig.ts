import { execFileSync } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fromErrorMessage } from '../../core/contract/errors.ts';
import type { ErrorCode } from '../../core/contract/errors.ts';
import type { MethodInput, MethodName, MethodOutput } from '../../core/contract/methods.ts';
import type { JobProgress } from '../../core/contract/schemas/desk.ts';
import { readHostSettings } from '../../core/host/settings.ts';
import type { HostSettings } from '../../core/host/settings.ts';
import type { AnyEvent } from '../../core/services/event-bus.ts';
import { demonstrationPassphrase, demonstrationPin } from '../../demo/credentials.ts';
import { standInFolder } from '../../demo/cards.ts';
import { openSoftHsm } from '../../demo/card/softhsm.ts';
import { openOffice } from '../../demo/office.ts';
import type { DemoOffice } from '../../demo/office.ts';
import { demoPathsUnder } from '../../demo/paths.ts';
import type { DemoPaths } from '../../demo/paths.ts';
import { ensurePki } from '../../demo/pki/ensure-pki.ts';
import { layOffice } from './office-template.ts';
import { startServicesHere, startServicesProcess } from './services-link.ts';
import type { ServicesLink } from './services-link.ts';
import { drawSmallPages } from './small-pages.ts';

type Office = DemoOffice;

/** A counter in a temporary folder: the demonstration office with tokens of SoftHSM2, and the services on it. */
export type DeskRig = Readonly<{
  paths: DemoPaths;
  office: Office;
  settings: HostSettings;
  /** Six small papers that can be told apart. */
  pages: readonly string[];
  /** Everything that the services announced since they were last started. */
  events: AnyEvent[];
  call<Name extends MethodName>(method: Name, input: MethodInput<Name>): Promise<MethodOutput<Name>>;
  /** Any question, rightly asked or not: the error's code, or `ok`. */
  codeOf(method: string, input: unknown): Promise<ErrorCode | 'ok'>;
  /** Resolves when the job ended, however it ended. */
  waitForJob(jobId: string): Promise<JobProgress>;
  /** Waits for a job and expects it to have done its work. */
  finishJob(started: Promise<Readonly<{ jobId: string }>>): Promise<void>;
  onEvent(listener: (event: AnyEvent) => void): void;
  openDesk(): Promise<void>;
  signIn(holder?: string): Promise<void>;
  unlockSeal(): Promise<void>;
  /** Ends the services in good order and starts them again; the desk is closed then. */
  restart(): Promise<void>;
  /** kill -9 of the services' process. Needs `isProcess`. */
  kill(): Promise<void>;
  servicesPid(): number | null;
  /** After `kill`. */
  revive(): Promise<void>;
  close(): Promise<void>;
}>;

export const pinBytes = (pin: string = demonstrationPin): Uint8Array => new TextEncoder().encode(pin);
export const officerName = 'ANA GARCÍA LÓPEZ';
/** Registers and scans; may neither act for citizens nor make authentic copies nor unlock the seal. */
export const secondOfficerName = 'LUIS PÉREZ RUIZ';

// Nothing to be done where the set-up has built it.
const scannerBuild = path.join(import.meta.dirname, '../../native/twain-scanner-bridge/build.mjs');

export async function openDeskRig(
  options: Readonly<{ isOffline?: boolean; isProcess?: boolean; environment?: Readonly<Record<string, string>> }> = {},
): Promise<DeskRig> {
  const root = await mkdtemp(path.join(tmpdir(), 'ventanilla-integration-'));
  const paths = demoPathsUnder(path.join(root, 'demo'));
  execFileSync(process.execPath, [scannerBuild], { stdio: 'ignore' });
  const template = await layOffice(paths);
  const pages = await drawSmallPages(path.join(root, 'papers'), 6);
  const office = await openOffice(paths, { cards: 'soft', isOffline: options.isOffline ?? false });
  await addSecondOfficer(paths);
  const settings = readHostSettings(office.settingsFile);
  const events: AnyEvent[] = [];
  const listeners: ((event: AnyEvent) => void)[] = [];
  let link: ServicesLink | null = null;
  let lastId = 0;

  async function start(): Promise<void> {
    events.length = 0;
    link =
      options.isProcess === true
        ? await startServicesProcess(office.settingsFile, options.environment)
        : startServicesHere(office.settingsFile);
    link.onEvent((event) => {
      events.push(event);
      for (const listener of listeners) listener(event);
    });
  }

  function ask(method: string, input: unknown) {
    if (link === null) throw new Error('the services are not running');
    lastId += 1;
    return link.handle({ type: 'request', id: lastId, method, input });
  }

  async function call<Name extends MethodName>(method: Name, input: MethodInput<Name>): Promise<MethodOutput<Name>> {
    const response = await ask(method, input);
    if (!response.ok) throw fromErrorMessage(response.error);
    return response.output as MethodOutput<Name>;
  }

  async function waitForJob(jobId: string): Promise<JobProgress> {
    for (;;) {
      const job = await call('jobs.get', { jobId });
      if (job.state !== 'running') return job;
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }

  async function closeOffice(): Promise<void> {
    await office.close();
    await template.release();
    await rm(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }

  await start().catch(async (error: unknown) => {
    await closeOffice();
    throw error;
  });
  return {
    paths,
    office,
    settings,
    pages,
    events,
    call,
    waitForJob,
    async codeOf(method, input) {
      const response = await ask(method, input);
      return response.ok ? 'ok' : response.error.code;
    },
    async finishJob(started) {
      const job = await waitForJob((await started).jobId);
      if (job.state !== 'completed') throw job.error === null ? new Error(job.state) : fromErrorMessage(job.error);
    },
    onEvent(listener) {
      listeners.push(listener);
    },
    async openDesk() {
      await call('desk.open', { passphrase: new TextEncoder().encode(demonstrationPassphrase) });
    },
    async signIn(holder = officerName) {
      const { candidates } = await call('session.listCandidates', {});
      const card = candidates.find((candidate) => candidate.holderName === holder);
      if (card === undefined) throw new Error(`no card of ${holder}`);
      const { readerId, certificateId } = card;
      await call('session.signIn', { readerId, certificateId, pin: pinBytes() });
    },
    async unlockSeal() {
      await call('desk.unlockSeal', { pin: pinBytes() });
    },
    async restart() {
      await link?.close();
      await start();
    },
    async kill() {
      await link?.kill();
      link = null;
    },
    servicesPid: () => link?.pid ?? null,
    revive: start,
    async close() {
      await link?.close();
      await closeOffice();
    },
  };
}

/** The colleague who may neither act for citizens nor make authentic copies: his card is a token too. */
async function addSecondOfficer(paths: DemoPaths): Promise<void> {
  const { ocsp } = JSON.parse(await readFile(paths.ports, 'utf8')) as Readonly<{ ocsp: number }>;
  const { secondOfficer } = await ensurePki({ folder: paths.pki, ocspUrl: `http://127.0.0.1:${ocsp}/ocsp` });
  const softHsm = await openSoftHsm(standInFolder(paths.tokens));
  await softHsm.addToken({
    label: 'PEREZ RUIZ LUIS',
    pin: demonstrationPin,
    privateKey: createPrivateKey(await readFile(secondOfficer.key)),
    certificate: secondOfficer.der,
  });
}

/** Every file under a folder, with its path inside it, in name order. */
export async function readFolder(folder: string): Promise<ReadonlyMap<string, Buffer>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = new Map<string, Buffer>();
  for (const entry of entries.filter((each) => each.isFile()).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const file = path.join(entry.parentPath, entry.name);
    files.set(path.relative(folder, file), await readFile(file));
  }
  return files;
}
