import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createCentre } from '../central/centre.ts';
import type { Centre } from '../central/centre.ts';
import { noNetworkScanners } from '../core/contract/schemas/network-scanners.ts';
import type { ReferenceData } from '../core/contract/schemas/reference.ts';
import { findCardModules } from '../core/devices/card/card-modules.ts';
import { createOfficialClock } from '../core/devices/official-clock.ts';
import type { HostSettings } from '../core/host/settings.ts';
import { usualLineRules } from '../core/services/line-rules.ts';
import { createDesk, deskExists, openDesk } from '../core/store/open-desk.ts';
import { enrolDesk } from '../core/sync/enrol-desk.ts';
import { fetchReference } from '../core/sync/fetch-reference.ts';
import { createOcspResponder } from './authorities/ocsp-responder.ts';
import { createTimestampAuthority } from './authorities/timestamp-authority.ts';
import { createDemoCards } from './cards.ts';
import type { CardKind } from './cards.ts';
import { demonstrationPassphrase } from './credentials.ts';
import { createLine } from './line.ts';
import { writeMedium } from './medium.ts';
import type { PanelActions, PaperSet, ScannerFault } from './panel/panel-actions.ts';
import type { DemoPaths } from './paths.ts';
import { ensurePki } from './pki/ensure-pki.ts';
import type { Pki } from './pki/ensure-pki.ts';
import { ensurePorts } from './ports.ts';
import { signPrintedPaper, throughDirtyGlass } from './printer/printed-paper.ts';
import { publicKeyOf } from '../core/services/scan-profile-signature.ts';
import { ensureProfileAdministrator } from './pki/profile-administrator.ts';
import { createReferenceData } from './reference-data.ts';
import { drawDemoPages } from './scanner/paper/demo-pages.ts';
import { createScannerFeed } from './scanner/scanner-feed.ts';
import type { ScannerFeed } from './scanner/scanner-feed.ts';
import { town } from './town.ts';

export const deskNumber = '03';

export type DemoOffice = Readonly<{
  settingsFile: string;
  /** Environment that the shell must be started with: the demonstration's printer stands before CUPS' commands. */
  environment: Readonly<Record<string, string>>;
  actions: PanelActions;
  /** What the administration of the central registry does there. */
  centre: Pick<Centre, 'issueEnrolmentCode' | 'revokeDesk'>;
  feed: ScannerFeed;
  pki: Pki;
  pinPads: readonly string[];
  /** Address where a person types a verification code. */
  verificationUrl: string;
  exportFolder: string;
  /** What the citizen brings on a memory stick: see medium.ts. */
  mediumFolder: string;
  close(): Promise<void>;
}>;

/**
 * Brings up the demonstration office: test PKI, authorities, cards, scanner, centre, and a desk enrolled with it. What
 * is there from a former run is used again. `isOffline`: centre and authorities stay down until `setLine('up')`.
 */
export async function openOffice(
  paths: DemoPaths,
  options: Readonly<{
    isOffline?: boolean;
    cards?: CardKind;
    asksPinEachTime?: boolean;
    /** Whether Tesseract reads the papers. */
    readsText?: boolean;
    tell?: (sentence: string) => void;
  }> = {},
): Promise<DemoOffice> {
  const tell = options.tell ?? (() => undefined);
  await mkdir(paths.root, { recursive: true, mode: 0o700 });
  const ports = await ensurePorts(paths.ports, ['ocsp', 'timestamp', 'centre', 'line']);
  tell('Certificados de prueba…');
  const pki = await ensurePki({ folder: paths.pki, ocspUrl: `http://127.0.0.1:${ports.ocsp}/ocsp` });
  const timestamp = createTimestampAuthority({ pki, port: ports.timestamp });
  const ocsp = createOcspResponder({ pki });
  await Promise.all([timestamp.start(), ocsp.start()]);
  tell('Tarjetas, papeles y escáner…');
  const cards = await createDemoCards({
    pki,
    folder: paths.tokens,
    kind: options.cards ?? 'virtual',
    asksPinEachTime: options.asksPinEachTime ?? false,
  });
  const feed = await createScannerFeed({ folder: paths.scanner });
  // Drawing takes a while the first time: nobody waits for papers that nobody has asked for.
  let drawnPages: ReturnType<typeof drawDemoPages> | null = null;
  const drawPages = () => (drawnPages ??= drawDemoPages(path.join(paths.scanner, 'pages')));
  tell('Registro central…');
  const centre = await createCentre({
    dataFolder: paths.central,
    port: ports.centre,
    centreName: `Registro central de ${town.place}`,
    seal: {
      key: readFileSync(pki.centreSeal.key, 'utf8'),
      chain: readFileSync(pki.centreSeal.certificate, 'utf8') + readFileSync(pki.chain, 'utf8'),
    },
  });
  const verificationUrl = `${centre.url.replace(/\/$/u, '')}/verificar`;
  const profileAdministrator = await ensureProfileAdministrator(paths.pki);
  await centre.publishReference(referenceData(pki, profileAdministrator, verificationUrl));
  const line = await createLine({ port: ports.line, targetPort: ports.centre });
  const tray = path.join(paths.root, 'printer');
  const exportFolder = path.join(paths.root, 'exports');
  const mediumFolder = path.join(paths.root, 'medium');
  await writeMedium(mediumFolder, pki);
  await mkdir(tray, { recursive: true, mode: 0o700 });
  await ensureDesk(paths, line.url, (office, desk) => centre.issueEnrolmentCode(office, desk));
  const settingsFile = path.join(paths.root, 'settings.json');
  const settings: HostSettings = {
    dataFolder: paths.desk,
    exportFolder,
    logFolder: path.join(paths.root, 'log'),
    desk: {
      isDemonstration: true,
      officeCode: town.office.code,
      deskNumber,
      extraEmployeePolicies: [],
      profileAdministrators: [publicKeyOf(createPublicKey(profileAdministrator))],
      timestampUrls: [`http://127.0.0.1:${ports.timestamp}/timestamp`],
      verificationCodePrefix: 'VEN',
      keepSentDays: null,
      backup: null,
      line: usualLineRules,
      verificationCodeRegulation: `Ordenanza de Administración Electrónica de ${town.place}`,
    },
    centreUrl: line.url,
    cardModules: [
      ...(cards.isVirtual
        ? findCardModules().map(({ path: module }) => ({ path: module, environment: {}, watch: 'readers' as const }))
        : []),
      { path: cards.softModule.path, environment: { ...cards.softModule.environment }, watch: 'poll' as const },
    ],
    scannerEnvironment: { ...feed.environment },
    // The office's own paper only: a scanner that happens to stand in the same network is not the demonstration's.
    networkScanners: noNetworkScanners,
    textRecognition: options.readsText === true ? { program: 'tesseract', languages: 'spa', dataFolder: null } : null,
    // Nobody here keeps a time server: the machine's own clock, as every record says.
    timeServers: [],
  };
  await writeFile(settingsFile, `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600 });
  let fault: ScannerFault = 'none';

  async function setLine(state: 'up' | 'down'): Promise<void> {
    if (state === 'down') await line.cut();
    else await line.restore();
    await timestamp.setMode(state === 'up' ? 'ok' : 'down');
    await ocsp.setMode(state === 'up' ? 'ok' : 'down');
  }
  if (options.isOffline === true) await setLine('down');

  async function listPapers(
    papers: Exclude<PaperSet, 'none' | 'printed' | 'printedDirtyGlass'>,
  ): Promise<readonly string[]> {
    const { application, certificate, identityDocument, letter } = await drawPages();
    const sets = { form: application, certificate, identityDocument, letter };
    return papers === 'all' ? [...certificate, ...identityDocument, ...letter] : sets[papers];
  }

  const actions: PanelActions = {
    insertCard: (owner) => cards.insert(owner),
    removeCard: (reader) => cards.remove(reader),
    async loadPapers(papers) {
      if (papers === 'none') await feed.emptyFeeder();
      else if (papers === 'printed' || papers === 'printedDirtyGlass') {
        const scans = await signPrintedPaper(tray, path.join(paths.scanner, 'printed'));
        await feed.loadFeeder(papers === 'printed' ? scans : await throughDirtyGlass(scans));
      } else await feed.loadFeeder(await listPapers(papers));
    },
    async setScannerFault(next) {
      if (fault === 'unplugged' && next !== 'unplugged') await feed.plug();
      if (next === 'unplugged') await feed.unplug();
      else await feed.simulate(next);
      fault = next;
    },
    setLine,
    setTimestampAuthority: (mode) => timestamp.setMode(mode),
    async readState() {
      return {
        card: cards.inOfficerReader(),
        isCitizenCardIn: cards.isCitizenCardIn(),
        standIns: cards.standIns,
        feederPages: await feed.pagesLeft(),
        scannerFault: fault,
        line: line.isCut() ? 'down' : 'up',
        timestampAuthority: timestamp.mode(),
      };
    },
  };

  return {
    settingsFile,
    environment: {
      PATH: `${path.join(import.meta.dirname, 'printer')}:${process.env['PATH'] ?? ''}`,
      VENTANILLA_DEMO_PRINTER: tray,
    },
    actions,
    centre,
    feed,
    pki,
    pinPads: cards.pinPads,
    verificationUrl,
    exportFolder,
    mediumFolder,
    async close() {
      await cards.close();
      await line.cut();
      await Promise.allSettled([timestamp.stop(), ocsp.stop()]);
      await centre.close();
    },
  };
}

/** The town's data, with the address where this machine's centre answers and the authorities that it trusts. */
function referenceData(pki: Pki, profileAdministrator: KeyObject, verificationUrl: string): ReferenceData {
  const data = createReferenceData(
    [readFileSync(pki.root.certificate, 'utf8'), readFileSync(pki.issuing.certificate, 'utf8')],
    profileAdministrator,
  );
  return { ...data, offices: data.offices.map((office) => ({ ...office, verificationUrl })) };
}

/** Creates the desk, enrols it and lets it fetch its reference data: what an administrator does once. */
async function ensureDesk(
  paths: DemoPaths,
  centreUrl: string,
  issueCode: (officeCode: string, deskNumber: string) => Promise<string>,
): Promise<void> {
  const enrolled = path.join(paths.root, 'enrolled');
  const clock = createOfficialClock({ servers: [], onProblem: () => undefined });
  if (!deskExists(paths.desk)) {
    const { recoveryKey } = await createDesk({ folder: paths.desk, secret: passphraseSecret(), clock });
    // A real office keeps it in its safe; the demonstration has none.
    await writeFile(path.join(paths.root, 'recovery-key.txt'), `${recoveryKey}\n`, { mode: 0o600 });
  }
  if (existsSync(enrolled)) return;
  const { store } = await openDesk({ folder: paths.desk, secret: passphraseSecret(), clock });
  try {
    const enrolmentCode = await issueCode(town.office.code, deskNumber);
    await enrolDesk({ store, centreUrl, enrolmentCode, officeCode: town.office.code, deskNumber, now: clock.now() });
    await fetchReference({ store, centreUrl, clock });
  } finally {
    await store.close();
  }
  await writeFile(enrolled, '');
}

function passphraseSecret() {
  return { kind: 'passphrase', passphrase: new TextEncoder().encode(demonstrationPassphrase) } as const;
}
