import type { SpawnBridge } from '../devices/bridge-channel.ts';
import { createCardClient } from '../devices/card/card-client.ts';
import { findCardModules } from '../devices/card/card-modules.ts';
import { createCupsPrinter } from '../devices/cups-printer.ts';
import { createExportFolder } from '../devices/export-folder.ts';
import { downloadBytes, fetchBytes } from '../devices/http-fetch.ts';
import { createScannerClient } from '../devices/scanner/scanner-client.ts';
import { createOfficialClock } from '../devices/official-clock.ts';
import { createTesseract } from '../devices/tesseract/tesseract.ts';
import { loadDocumentAssets } from '../documents/assets.ts';
import { createImaging } from '../imaging/imaging.ts';
import { restoreDesk } from '../store/backup/restore-desk.ts';
import { deskExists, openDesk } from '../store/open-desk.ts';
import { openRecoveryIdentity } from '../store/recovery-identity.ts';
import { enrolDesk } from '../sync/enrol-desk.ts';
import { startSync } from '../sync/sync-engine.ts';
import { enrolAgain } from './enrol-again.ts';
import { createFileLog } from './log.ts';
import { createServices } from './services.ts';
import type { Services } from './services.ts';
import type { HostSettings } from './settings.ts';

/** Worker files where a bundle put them; from the sources they lie beside their clients. */
export type WorkerUrls = Readonly<{ search: URL; imaging: URL; pdf: URL; verification: URL }>;

/** The desk on Node: every port with its real part. */
export function createNodeHost(
  settings: HostSettings,
  options: Readonly<{ spawnBridge: SpawnBridge; resourcesFolder?: string; workerUrls?: WorkerUrls }>,
): Services {
  const log = createFileLog(settings.logFolder);
  const clock = createOfficialClock({
    servers: settings.timeServers,
    onProblem: (server, problem) => log.info('clock.problem', { server, problem }),
  });
  void clock.synchronise();
  const { spawnBridge, workerUrls } = options;
  const services = createServices({
    configuration: settings.desk,
    card: createCardClient({ spawnBridge, modules: settings.cardModules ?? findCardModules() }),
    scanner: createScannerClient({ spawnBridge, log: ({ event, detail }) => log.info(`scanner.${event}`, { detail }) }),
    imaging: createImaging(
      workerUrls === undefined ? {} : { workerUrl: workerUrls.imaging, pdfWorkerUrl: workerUrls.pdf },
    ),
    textRecognition: settings.textRecognition === null ? null : createTesseract(settings.textRecognition),
    clock,
    printer: createCupsPrinter(),
    exports: createExportFolder(settings.exportFolder),
    fetchBytes,
    downloadBytes,
    assets: loadDocumentAssets(options.resourcesFolder),
    log,
    ...(workerUrls === undefined ? {} : { verificationWorkerUrl: workerUrls.verification }),
    openDesk: (passphrase) =>
      openDesk({
        folder: settings.dataFolder,
        secret: { kind: 'passphrase', passphrase },
        clock,
        ...(workerUrls === undefined ? {} : { workerUrls: { search: workerUrls.search } }),
      }),
    deskExists: () => deskExists(settings.dataFolder),
    restoreDesk: ({ passphrase, ...options }) =>
      restoreDesk({ ...options, to: settings.dataFolder, secret: { kind: 'passphrase', passphrase }, clock }),
    enrolAgain: (options) => {
      const { dataFolder: folder, centreUrl, desk } = settings;
      const { officeCode, deskNumber } = desk;
      return enrolAgain({ ...options, folder, centreUrl, officeCode, deskNumber, clock });
    },
    renewEnrolment: (store, { enrolmentCode, recoveryKey }) => {
      const { centreUrl, desk } = settings;
      const { officeCode, deskNumber } = desk;
      const recovery = openRecoveryIdentity(recoveryKey);
      return enrolDesk({ store, centreUrl, enrolmentCode, officeCode, deskNumber, now: clock.now(), recovery });
    },
    startSync: (desk, listeners) =>
      startSync({ ...desk, ...listeners, centreUrl: settings.centreUrl, rules: settings.desk.line, clock, log }),
  });
  return {
    ...services,
    async close() {
      clock.close();
      await services.close();
    },
  };
}
