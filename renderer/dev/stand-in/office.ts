import { AppError } from '../../../core/contract/errors.ts';
import type { EventName, EventPayload, MethodInput, MethodName, MethodOutput } from '../../../core/contract/methods.ts';
import type { AttentionView, DocumentView, PageView } from '../../../core/contract/schemas/attention.ts';
import type { DeskStatus, JobProgress } from '../../../core/contract/schemas/desk.ts';
import type { ScannerQualification } from '../../../core/contract/schemas/qualification.ts';
import type { RecordView } from '../../../core/contract/schemas/record.ts';
import { makeBroughtFiles, makeBroughtRecord } from './brought.ts';
import { drawPage, makePdf } from './pictures.ts';
import { makeQualification } from './qualification.ts';
import { checkNif, describeStages, listProblems } from './rules.ts';
import {
  emptyForm,
  makeRecord,
  makeSummary,
  officer,
  officerCard,
  otherCard,
  procedures,
  startStatus,
  units,
  zeroDigest,
} from './samples.ts';

type Handlers = {
  [Name in MethodName]: (input: MethodInput<Name>) => MethodOutput<Name> | Promise<MethodOutput<Name>>;
};
export type Emit = <Name extends EventName>(event: Name, payload: EventPayload<Name>) => void;

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A desk in memory that honours the contract, to look at the window. Nothing it says is real. */
export function makeOffice(emit: Emit) {
  let status: DeskStatus = startStatus;
  let attention: AttentionView | null = null;
  let removed: readonly DocumentView[] | null = null;
  let record: RecordView | null = null;
  let tries = 3;
  const qualifications: ScannerQualification[] = [];
  const blobs = new Map<string, { bytes: Uint8Array; mediaType: string }>();
  const jobs = new Map<string, JobProgress>();
  const summaries = [5, 4, 3, 2, 1, 0].map(makeSummary);

  async function put(bytes: Uint8Array, mediaType: string): Promise<string> {
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(bytes)));
    const digest = [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    blobs.set(digest, { bytes, mediaType });
    return digest;
  }

  const brought = makeBroughtFiles({ put, now: () => status.clock.officialNow });

  function setStatus(change: Partial<DeskStatus>): void {
    status = { ...status, ...change };
    emit('desk.statusChanged', status);
  }

  function current(): AttentionView {
    if (attention === null) throw new AppError('attention.notFound');
    return attention;
  }

  function setAttention(change: Partial<AttentionView>): AttentionView {
    const merged = { ...current(), ...change };
    const documents = merged.documents
      .filter((document) => document.pages.length > 0 || document.origin !== 'scanned')
      .map((document, position) => ({
        ...document,
        position,
        pageCount: Math.max(document.pages.length, document.origin === 'scanned' ? 0 : 1),
        elaborationState:
          document.origin !== 'scanned'
            ? ('EE01' as const)
            : document.nature === null
              ? null
              : document.nature === 'photocopy'
                ? ('EE99' as const)
                : ('EE03' as const),
        pages: document.pages.map((page, index) => ({ ...page, position: index, documentId: document.documentId })),
      }));
    const isScanned = documents.some((document) => document.role === 'consent');
    const consent = merged.consent === null ? null : { ...merged.consent, isScanned };
    const problems =
      merged.recordId === null ? listProblems(merged.form, documents, consent !== null && isScanned) : [];
    attention = {
      ...merged,
      version: merged.version + 1,
      documents,
      consent,
      problems,
      stages: describeStages(merged.form, merged.stage, problems, merged.recordId !== null),
    };
    emit('attention.changed', attention);
    return attention;
  }

  const editDocuments = (edit: (documents: DocumentView[]) => DocumentView[]) =>
    setAttention({ documents: edit([...current().documents]) });
  const editPages = (edit: (page: PageView) => PageView | null) =>
    editDocuments((documents) =>
      documents.map((document) => ({ ...document, pages: document.pages.flatMap((page) => edit(page) ?? []) })),
    );

  function runJob(
    kind: JobProgress['kind'],
    subject: string,
    work: (report: (change: Partial<JobProgress>) => void, isCancelled: () => boolean) => Promise<void>,
  ): { jobId: string } {
    const jobId = crypto.randomUUID();
    const report = (change: Partial<JobProgress>) => {
      const known = jobs.get(jobId);
      if (known === undefined || known.state !== 'running') return;
      const next = { ...known, ...change };
      jobs.set(jobId, next);
      emit('job.progress', next);
    };
    jobs.set(jobId, {
      jobId,
      kind,
      subject,
      state: 'running',
      phase: 'starting',
      done: 0,
      total: null,
      pinAsked: null,
      error: null,
    });
    void (async () => {
      report({});
      try {
        await work(report, () => jobs.get(jobId)?.state !== 'running');
        report({ state: 'completed', phase: 'finished' });
      } catch (error) {
        const known = error instanceof AppError ? error : new AppError('internal.unexpected');
        report({
          state: 'failed',
          error: { code: known.code, details: known.details, supportNumber: known.supportNumber },
        });
      }
    })();
    return { jobId };
  }

  async function makePage(title: string, number: number, documentId: string): Promise<PageView> {
    const isTurned = number % 2 === 0;
    const drawn = await drawPage(title, number, isTurned);
    return {
      pageId: crypto.randomUUID(),
      documentId,
      position: 0,
      thumbnail: await put(drawn.thumbnail, 'image/jpeg'),
      copyPreview: await put(drawn.copy, 'image/jpeg'),
      capturePreview: await put(drawn.capture, 'image/jpeg'),
      widthPixels: drawn.width,
      heightPixels: drawn.height,
      captureWidthPixels: drawn.captureWidth,
      captureHeightPixels: drawn.captureHeight,
      captureCorners: [...drawn.corners],
      colorMode: 'color',
      dpi: 300,
      paperMm: { width: 210, height: 297 },
      skewDegrees: 1.3,
      quarterTurns: isTurned ? 1 : 0,
      isBlank: false,
      operations: [
        { name: 'straighten', parameters: { degrees: 1.3 } },
        { name: 'crop', parameters: { left: 60 } },
        ...(isTurned ? [{ name: 'turn', parameters: { quarterTurns: 1 } }] : []),
        { name: 'whiten', parameters: {} },
      ],
      flags:
        number === 2
          ? [
              {
                kind: 'inkMissing',
                placeMm: { x: 120, y: 200, width: 35, height: 27.5 },
                text: '',
                answer: null,
              },
              { kind: 'cutOff', placeMm: { x: 0, y: 60, width: 6, height: 80 }, text: '', answer: null },
              { kind: 'unusualSize', placeMm: null, text: '', answer: null },
            ]
          : [],
      collation: 'pending',
    };
  }

  function checkPin(pin: Uint8Array | null): void {
    if (new TextDecoder().decode(pin ?? new Uint8Array()) === '123456') {
      tries = 3;
      return;
    }
    tries -= 1;
    const level = tries <= 0 ? 'locked' : tries === 1 ? 'lastTry' : 'low';
    setStatus({ card: { ...status.card, pinState: { ...officerCard.pinState, level, triesLeft: tries } } });
    throw new AppError(tries <= 0 ? 'card.pinLocked' : 'card.pinIncorrect', { triesLeft: tries });
  }

  const card = () => ({ ...officerCard, pinState: status.card.pinState ?? officerCard.pinState });

  const handlers: Handlers = {
    'desk.getStatus': () => status,
    'desk.open': async ({ passphrase }) => {
      if (new TextDecoder().decode(passphrase) !== 'demostracion de ventanilla')
        throw new AppError('desk.passphraseIncorrect');
      setStatus({ phase: 'opening' });
      await pause(200);
      setStatus({ phase: 'open' });
      return {};
    },
    'desk.backUp': ({ folder }) =>
      runJob('backup', 'desk', async (report) => {
        for (let done = 0; done <= 40; done += 8) {
          report({ phase: 'copyingFiles', done, total: 40 });
          await pause(100);
        }
        setStatus({ backup: { ...status.backup, lastAt: status.clock.officialNow, folder } });
      }),
    'desk.restore': () =>
      runJob('restore', 'desk', () => {
        throw new AppError('backup.notFound');
      }),
    'desk.enrolAgain': () =>
      runJob('restore', 'desk', () => {
        throw new AppError('sync.refused');
      }),
    'desk.renewEnrolment': () => {
      throw new AppError('sync.refused');
    },
    'desk.cancelRestore': () => ({}),
    'desk.unlockSeal': ({ pin }) => {
      checkPin(pin);
      setStatus({ seal: { state: 'unlocked' } });
      return {};
    },
    'desk.syncNow': async () => {
      const { pendingBytes: totalBytes } = status.line;
      const file = { recordNumber: 'O00009999e2603A00042', title: 'Memoria técnica', byteLength: 9_800_000 };
      for (let step = 1; step <= 8; step += 1) {
        const sentBytes = step * 900_000;
        const upload = { sentBytes, totalBytes, secondsLeft: 4_000, current: { ...file, sentBytes } };
        setStatus({ line: { ...status.line, upload } });
        await pause(250);
      }
      setStatus({ line: { ...status.line, upload: null } });
      throw new AppError('sync.offline');
    },
    'desk.setLineMetered': ({ isMetered }) => {
      const { pendingBlobs, pendingBytes } = status.line;
      const held = isMetered ? { heldBlobs: pendingBlobs, heldBytes: pendingBytes } : { heldBlobs: 0, heldBytes: 0 };
      setStatus({ line: { ...status.line, isMetered, ...held } });
      return {};
    },
    'desk.acceptClock': () => ({}),
    'session.listCandidates': () => ({ candidates: status.card.state === 'present' ? [card(), otherCard] : [] }),
    'session.signIn': ({ pin }) => {
      checkPin(pin);
      setStatus({ session: { state: 'signedIn', officer }, card: { ...status.card, pinState: officerCard.pinState } });
      return {};
    },
    'session.lock': () => {
      setStatus({ session: { state: 'locked', officer } });
      return {};
    },
    'session.signOut': () => {
      setStatus({ session: { state: 'signedOut', officer: null } });
      return {};
    },
    'attention.open': () => {
      attention = {
        attentionId: crypto.randomUUID(),
        version: 1,
        officerId: officer.officerId,
        openedAt: status.clock.officialNow,
        stage: 'person',
        stages: [],
        form: emptyForm,
        problems: [],
        documents: [],
        laidAside: { blank: 0, separator: 0 },
        consent: null,
        recordId: null,
        recordNumber: null,
        delivery: { receiptHanded: false, consentCopyHanded: false, originalsReturned: false },
      };
      const opened = setAttention({});
      setStatus({ openAttentionId: opened.attentionId });
      return opened;
    },
    'attention.get': current,
    'attention.updateForm': ({ version, form }) => {
      if (version !== current().version) throw new AppError('attention.changedSinceReview');
      return setAttention({ form });
    },
    'attention.goTo': ({ stage }) => {
      const known = current().stages.find((entry) => entry.stage === stage);
      if (known === undefined || known.state === 'blocked') throw new AppError('attention.stageNotReady');
      return setAttention({ stage });
    },
    'attention.abandon': () => {
      attention = null;
      setStatus({ openAttentionId: null });
      return {};
    },
    'attention.setDelivery': ({ delivery }) => setAttention({ delivery }),
    'attention.finish': () => {
      attention = null;
      setStatus({ openAttentionId: null });
      return {};
    },
    'identifiers.check': ({ identifier }) => checkNif(identifier),
    'catalogue.searchProcedures': ({ text }) => ({
      procedures: procedures.filter(({ title }) => title.toLowerCase().includes(text.toLowerCase())),
    }),
    'catalogue.searchUnits': ({ text }) => ({
      units: units.filter(({ name, unitCode }) => `${name} ${unitCode}`.toLowerCase().includes(text.toLowerCase())),
    }),
    'catalogue.listScanProfiles': () => ({
      refusedCount: 0,
      profiles: [
        {
          id: 'texto-color',
          version: 3,
          title: 'Texto con color',
          dpi: 300,
          colorMode: 'color',
          source: 'feederDuplex',
          documentTypes: [],
        },
        {
          id: 'identidad',
          version: 1,
          title: 'Documento de identidad',
          dpi: 300,
          colorMode: 'color',
          source: 'flatbed',
          documentTypes: [],
        },
      ],
    }),
    'scan.start': ({ target }) =>
      runJob('scan', 'scanner', async (report, isCancelled) => {
        setStatus({ scanner: { ...status.scanner, state: 'scanning' } });
        const role = target.kind === 'newDocument' ? target.role : 'annex';
        const titles = { application: 'Solicitud', annex: 'Certificado de empadronamiento', consent: 'Consentimiento' };
        const count = target.kind === 'replacePage' || role === 'consent' ? 1 : 2;
        const documentId = target.kind === 'document' ? target.documentId : crypto.randomUUID();
        for (let number = 1; number <= count && !isCancelled(); number += 1) {
          report({ phase: 'scanning', done: number - 1 });
          await pause(150);
          const page = await makePage(titles[role], number, documentId);
          if (target.kind === 'replacePage')
            editPages((known) => (known.pageId === target.pageId ? { ...page, documentId: known.documentId } : known));
          else {
            editDocuments((documents) => {
              const known = documents.find((document) => document.documentId === documentId);
              if (known !== undefined)
                return documents.map((document) =>
                  document === known ? { ...known, pages: [...known.pages, page] } : document,
                );
              return [
                ...documents,
                {
                  documentId,
                  role,
                  position: documents.length,
                  title: titles[role],
                  documentType: role === 'application' ? 'TD14' : 'TD99',
                  origin: 'scanned',
                  nature: null,
                  elaborationState: null,
                  fileName: `${role}.pdf`,
                  pageCount: 1,
                  pages: [page],
                  preparedDigest: null,
                  signedDigest: null,
                  signatureLevel: null,
                  verificationCode: null,
                  signedByCitizen: false,
                  file: null,
                  verification: null,
                  announcedSheets: null,
                  comparedFile: null,
                  paperFate: 'returned',
                },
              ];
            });
          }
        }
        // A stack of its own annex went in with a separator before it and a blank side.
        if (target.kind === 'newDocument' && role === 'annex') setAttention({ laidAside: { blank: 1, separator: 1 } });
        setStatus({ scanner: { ...status.scanner, state: 'ready' } });
      }),
    'scan.preview': () =>
      runJob('preview', 'scanner', async (report) => {
        report({ phase: 'lookingAtGlass' });
        await pause(150);
      }),
    'scan.takePreview': async () => ({
      bytes: (await drawPage('Documento de identidad', 1, false)).copy,
      glassMm: { width: 216, height: 297 },
      scannedMm: { width: 210, height: 148 },
    }),
    'separators.makeSheet': async ({ documentType }) => ({
      digest: await put(makePdf(['Hoja separadora', documentType ?? '']), 'application/pdf'),
    }),
    'qualification.makeSheet': async () => ({
      digest: await put(makePdf(['Hoja de prueba del escaner']), 'application/pdf'),
    }),
    'qualification.start': ({ profileId }) =>
      runJob('qualify', 'scanner', async (report) => {
        report({ phase: 'measuring' });
        await pause(200);
        const qualification = makeQualification(profileId, status.clock.officialNow, qualifications.length === 0);
        qualifications.unshift(qualification);
        const standing = qualification.verdict;
        setStatus({ scanner: { ...status.scanner, qualification: { standing, at: qualification.at } } });
      }),
    'qualification.list': () => ({ qualifications }),
    'documents.update': ({ documentId, announcedSheets, paperFate, ...change }) =>
      editDocuments((documents) =>
        documents.map((document) =>
          document.documentId === documentId
            ? {
                ...document,
                ...change,
                announcedSheets: announcedSheets === undefined ? document.announcedSheets : announcedSheets,
                paperFate: paperFate ?? document.paperFate,
              }
            : document,
        ),
      ),
    'documents.compareFile': ({ documentId, digest }) =>
      runJob('compare', documentId, async (report, isCancelled) => {
        const total = current().documents.find((document) => document.documentId === documentId)?.pages.length ?? 0;
        for (let done = 0; done < total; done += 1) {
          report({ phase: 'comparing', done, total });
          // One whose name says so takes until it is cancelled.
          do {
            await pause(200);
            if (isCancelled()) return;
          } while (brought.isSlow(digest));
        }
        editDocuments((documents) =>
          documents.map((document) =>
            document.documentId === documentId
              ? { ...document, comparedFile: brought.compare(digest, total) }
              : document,
          ),
        );
      }),
    'documents.chooseCopy': ({ documentId, copy }) =>
      editDocuments((documents) =>
        documents.map((document) =>
          document.documentId === documentId && document.comparedFile !== null
            ? { ...document, comparedFile: { ...document.comparedFile, isCopy: copy === 'file' } }
            : document,
        ),
      ),
    'documents.move': ({ documentId, position }) =>
      editDocuments((documents) => {
        const moved = documents.filter((document) => document.documentId === documentId);
        return documents.filter((document) => document.documentId !== documentId).toSpliced(position, 0, ...moved);
      }),
    'documents.remove': ({ documentId }) => {
      removed = current().documents;
      return editDocuments((documents) => documents.filter((document) => document.documentId !== documentId));
    },
    'documents.splitAt': ({ pageId }) =>
      editDocuments((documents) =>
        documents.flatMap((document) => {
          const index = document.pages.findIndex((page) => page.pageId === pageId);
          if (index < 1) return [document];
          return [
            { ...document, pages: document.pages.slice(0, index) },
            {
              ...document,
              documentId: crypto.randomUUID(),
              role: 'annex' as const,
              title: `${document.title} (2)`,
              pages: document.pages.slice(index),
            },
          ];
        }),
      ),
    'pages.move': ({ pageId, documentId, position }) =>
      editDocuments((documents) => {
        const page = documents.flatMap(({ pages }) => pages).find((known) => known.pageId === pageId);
        if (page === undefined) throw new AppError('page.notFound');
        const without = documents.map((document) => ({
          ...document,
          pages: document.pages.filter((known) => known !== page),
        }));
        return without.map((document) =>
          document.documentId === documentId
            ? { ...document, pages: document.pages.toSpliced(position, 0, page) }
            : document,
        );
      }),
    'pages.remove': ({ pageId }) => {
      removed = current().documents;
      return editPages((page) => (page.pageId === pageId ? null : page));
    },
    'papers.undoRemoval': () =>
      setAttention({ documents: [...(removed ?? current().documents)], laidAside: { blank: 0, separator: 0 } }),
    'files.stage': (part) => brought.stage(part),
    'files.discard': ({ digest }) => {
      brought.discard(digest);
      return {};
    },
    'verification.verifyStaged': ({ digest }) => brought.verify(digest),
    'documents.bring': (input) => editDocuments((known) => [...known, brought.bring(input, known.length)]),
    'documents.verifyAgain': () => current(),
    'refusals.create': (input) => brought.refuse(input),
    'refusals.list': () => ({ refusals: [...brought.refusals] }),
    'refusals.get': ({ refusalId }) => {
      const refusal = brought.refusals.find((known) => known.refusalId === refusalId);
      if (refusal === undefined) throw new AppError('refusal.notFound');
      return refusal;
    },
    'collation.decide': ({ pageId, verdict }) =>
      editPages((page) => (page.pageId === pageId ? { ...page, collation: verdict } : page)),
    'collation.answer': ({ pageId, flag, answer }) =>
      editPages((page) => {
        const known = page.flags[flag];
        if (page.pageId !== pageId || known === undefined) return page;
        const collation = answer === 'rescan' ? 'rejected' : page.collation;
        return { ...page, collation, flags: page.flags.with(flag, { ...known, answer }) };
      }),
    'documents.prepare': () =>
      runJob('prepare', current().attentionId, async (report) => {
        report({ phase: 'buildingDocuments', done: 0, total: current().documents.length });
        await pause(300);
        const digest = await put(makePdf(['Solicitud', 'Don Jose Martinez Soler']), 'application/pdf');
        const hasApplication = current().documents.some((document) => document.role === 'application');
        const typed: DocumentView = {
          documentId: crypto.randomUUID(),
          role: 'application',
          position: 0,
          title: 'Solicitud',
          documentType: 'TD14',
          origin: 'typed',
          nature: null,
          elaborationState: 'EE01',
          fileName: 'application.pdf',
          pageCount: 1,
          pages: [],
          preparedDigest: digest,
          signedDigest: null,
          signatureLevel: null,
          verificationCode: null,
          signedByCitizen: false,
          file: null,
          verification: null,
          announcedSheets: null,
          comparedFile: null,
          paperFate: 'returned',
        };
        editDocuments((documents) => [
          ...(hasApplication ? [] : [typed]),
          ...documents.map((document) => ({ ...document, preparedDigest: digest })),
        ]);
      }),
    'application.listCitizenCards': () => ({
      candidates: [
        {
          ...officerCard,
          readerId: 'reader-1',
          holderName: 'JOSÉ MARTÍNEZ SOLER',
          kind: 'citizen',
          holderIdentifier: '***4567**',
        },
      ],
    }),
    'application.signWithCitizenCard': () =>
      runJob('citizenSign', current().attentionId, async (report) => {
        report({ phase: 'signing' });
        await pause(200);
        editDocuments((documents) =>
          documents.map((document) =>
            document.role === 'application' ? { ...document, signedByCitizen: true } : document,
          ),
        );
      }),
    'consent.prepare': async () => {
      const formDigest = await put(
        makePdf(['Consentimiento para la firma por funcionario', 'Don Jose Martinez Soler consiente que firme por el']),
        'application/pdf',
      );
      return setAttention({
        consent: {
          consentId: crypto.randomUUID(),
          formDigest,
          preparedAt: status.clock.officialNow,
          isOutdated: false,
          isScanned: false,
        },
      });
    },
    'signing.getManifest': () => ({
      manifestDigest: zeroDigest,
      route: current().form.route,
      signerName: officer.fullName,
      citizenName: 'JOSÉ MARTÍNEZ SOLER',
      citizenIdentifier: '12345678Z',
      consentId: current().consent?.consentId ?? null,
      documents: current()
        .documents.filter((document) => document.role !== 'consent')
        .map((document) => ({
          documentId: document.documentId,
          role: document.role,
          title: document.title,
          fileName: document.fileName,
          pageCount: document.pageCount,
          elaborationState: document.elaborationState ?? 'EE03',
          sha256: '3f5a9c1e'.repeat(8),
          byteLength: 182_340,
          thumbnail: document.pages[0]?.thumbnail ?? null,
          alreadySigned: document.signedByCitizen || document.file !== null,
          verdict: document.verification?.verdict ?? null,
        })),
      card: status.card.state === 'present' ? card() : null,
      attestation: current().documents.some(({ origin }) => origin === 'scanned') ? 'toSign' : 'none',
      collationDigest: 'c'.repeat(64),
      pinCount: 1,
    }),
    'signing.signAndRegister': ({ pin }) =>
      runJob('signAndRegister', current().attentionId, async (report, isCancelled) => {
        checkPin(pin);
        for (const phase of ['signing', 'timestamping', 'registering', 'makingReceipt', 'sealing'] as const) {
          report({ phase, done: 1, total: 3 });
          await pause(150);
          if (isCancelled()) return;
        }
        const document = await put(makePdf(['Solicitud registrada', 'Copia autentica']), 'application/pdf');
        const receipt = await put(
          makePdf([
            'Justificante de presentacion',
            'Numero O00009999e2603A00042',
            'Presentado el 22/11/2026 a las 10:42:31',
            'Codigo seguro de verificacion VEBR-9D2K-5WQ7-M4RA',
          ]),
          'application/pdf',
        );
        record = makeRecord(
          { ...makeSummary(6), recordNumber: 'O00009999e2603A00042', recordedAt: '2026-11-22T10:42:31+01:00' },
          current().form,
          { document, receipt },
        );
        setAttention({ stage: 'delivery', recordId: record.record.recordId, recordNumber: record.record.recordNumber });
        emit('record.changed', { recordId: record.record.recordId, at: record.record.recordedAt });
      }),
    'records.search': ({ text }) => ({
      records: summaries.filter((summary) =>
        `${summary.presenterName} ${summary.recordNumber} ${summary.summary}`
          .toLowerCase()
          .includes(text.toLowerCase()),
      ),
      nextCursor: null,
    }),
    'records.get': async ({ recordId }) => {
      if (record?.record.recordId === recordId) return record;
      const summary = summaries.find((known) => known.recordId === recordId);
      if (summary === undefined) throw new AppError('record.notFound');
      const document = await put(makePdf(['Solicitud']), 'application/pdf');
      const receipt = await put(makePdf(['Justificante']), 'application/pdf');
      return makeRecord(summary, emptyForm, { document, receipt }, makeBroughtRecord(document, summary.recordedAt));
    },
    'records.getText': () => ({
      state: 'ready',
      pages: ['SOLICITUD\n\nExpone que pagó dos veces la tasa de basuras.', null],
    }),
    'records.export': () => ({ folder: '/home/oficina/Documentos/O00009999e2603A00042' }),
    // Nothing is there before the first record of the day.
    'originals.list': async () => {
      if (attention === null) return { originals: [], pdfDigest: null };
      const titles = ['Certificado de empadronamiento', 'Escritura de compraventa de la vivienda', 'Plano de planta'];
      return {
        originals: titles.map((title, index) => ({
          recordId: summaries[0]?.recordId ?? '',
          recordNumber: `O00009999e2603A000${39 + index}`,
          recordedAt: status.clock.officialNow,
          title,
          pageCount: index * 3 + 1,
          keptUntil: `2027-05-${22 + index}`,
          eniId: `ES_L01502973_2026_${String(index).padStart(30, '0')}`,
          verificationCode: `codigo-${index}`,
        })),
        pdfDigest: await put(makePdf(['Relacion de originales en deposito']), 'application/pdf'),
      };
    },
    'originals.export': () => ({ folder: '/home/oficina/Documentos/Originales en depósito' }),
    'blobs.read': ({ digest }) => {
      const blob = blobs.get(digest);
      if (blob === undefined) throw new AppError('blob.notFound');
      return blob;
    },
    'print.listPrinters': () => ({ printers: [{ name: 'PDF', description: 'Impresora PDF', isDefault: true }] }),
    'print.document': async () => {
      await pause(100);
      return {};
    },
    'jobs.get': ({ jobId }) => {
      const job = jobs.get(jobId);
      if (job === undefined) throw new AppError('job.notFound');
      return job;
    },
    'jobs.cancel': ({ jobId }) => {
      const job = jobs.get(jobId);
      if (job !== undefined && job.state === 'running') {
        jobs.set(jobId, { ...job, state: 'cancelled' });
        emit('job.progress', { ...job, state: 'cancelled' });
      }
      return {};
    },
    'jobs.givePin': ({ pin }) => {
      pin.fill(0);
      throw new AppError('request.notAllowed');
    },
  };
  return { handlers, setStatus, getStatus: () => status };
}
