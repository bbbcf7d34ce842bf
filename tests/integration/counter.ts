import { answersOf } from '../../core/contract/page-flags.ts';
import { fromErrorMessage } from '../../core/contract/errors.ts';
import type { Manifest, MethodInput, MethodOutput } from '../../core/contract/methods.ts';
import type {
  ApplicationRoute,
  AttentionForm,
  DocumentRole,
  PaperNature,
} from '../../core/contract/schemas/attention.ts';
import type { JobProgress } from '../../core/contract/schemas/desk.ts';
import type { RecordView } from '../../core/contract/schemas/record.ts';
import { pinBytes } from './desk-rig.ts';
import type { DeskRig } from './desk-rig.ts';

export type View = MethodOutput<'attention.get'>;

/** What an officer does at the counter, step by step, each through the bridge's own methods. */

export const citizenPerson: AttentionForm['presenter'] = {
  personType: 'natural',
  identifierType: 'nif',
  identifier: '12345678Z',
  givenName: 'JOSÉ',
  surname1: 'MARTÍNEZ',
  surname2: 'SOLER',
  businessName: '',
  contact: {
    country: '724',
    province: '50',
    municipality: 'Villanueva del Ebro',
    address: 'Calle de la Alameda, 27',
    postalCode: '50001',
    email: 'jose.martinez@correo.example',
    mobilePhone: '600 111 222',
  },
};

/** Opens an attention and types a form that is complete for its route. */
export async function receiveCitizen(
  rig: DeskRig,
  route: ApplicationRoute,
  changes: Partial<AttentionForm> = {},
): Promise<View> {
  const opened = await rig.call('attention.open', {});
  const { units } = await rig.call('catalogue.searchUnits', { text: 'urban' });
  return typeForm(rig, opened, {
    route,
    presenter: citizenPerson,
    identityCheck: { document: 'dni', method: 'photographCompared', note: '' },
    unitCode: units[0]?.unitCode ?? '',
    summary: 'Licencia para reformar el baño de su vivienda',
    statement: 'Que va a reformar el baño de su vivienda.',
    petition: 'Que se le conceda la licencia de obra menor.',
    annexesCommitment: true,
    lacksElectronicMeans: true,
    ...changes,
  });
}

export async function typeForm(rig: DeskRig, view: View, changes: Partial<AttentionForm>): Promise<View> {
  const { attentionId } = view;
  const { version, form } = await rig.call('attention.get', { attentionId });
  return rig.call('attention.updateForm', { attentionId, version, form: { ...form, ...changes } });
}

/** Puts papers in the feeder and scans them; the job as it ended. */
export async function scan(
  rig: DeskRig,
  { attentionId }: Pick<View, 'attentionId'>,
  target: DocumentRole | MethodInput<'scan.start'>['target'],
  files: readonly string[],
): Promise<JobProgress> {
  await rig.office.feed.loadFeeder(files);
  const { jobId } = await rig.call('scan.start', {
    attentionId,
    profileId: 'texto-color',
    target: typeof target === 'string' ? { kind: 'newDocument', role: target } : target,
  });
  return rig.waitForJob(jobId);
}

async function scanAll(rig: DeskRig, view: View, role: DocumentRole, files: readonly string[]): Promise<void> {
  const { state, error } = await scan(rig, view, role, files);
  if (state !== 'completed') throw error === null ? new Error(state) : fromErrorMessage(error);
}

/** Says what each paper was and confirms each page. */
export async function collate(
  rig: DeskRig,
  { attentionId }: Pick<View, 'attentionId'>,
  nature: PaperNature = 'original',
): Promise<View> {
  const { documents } = await rig.call('attention.get', { attentionId });
  for (const { documentId, title, documentType, role, origin, pages } of documents) {
    if (origin === 'scanned') await rig.call('documents.update', { documentId, title, documentType, nature, role });
    for (const page of pages) await confirmPage(rig, page);
  }
  return rig.call('attention.get', { attentionId });
}

/** From the typed form to everything collated, by each route; on the officer's with the consent scanned back. */
export async function gatherPapers(rig: DeskRig, view: View): Promise<View> {
  const { attentionId } = view;
  const [first = '', second = '', third = '', consent = ''] = rig.pages;
  if (view.form.route === 'paper') await scanAll(rig, view, 'application', [first]);
  await scanAll(rig, view, 'annex', [second, third]);
  const collated = await collate(rig, view);
  if (view.form.route !== 'officer') return collated;
  await rig.call('consent.prepare', { attentionId });
  await scanAll(rig, view, 'consent', [consent]);
  return confirmPages(rig, view);
}

export async function confirmPages(rig: DeskRig, { attentionId }: Pick<View, 'attentionId'>): Promise<View> {
  const { documents } = await rig.call('attention.get', { attentionId });
  for (const page of documents.flatMap(({ pages }) => pages))
    if (page.collation === 'pending') await confirmPage(rig, page);
  return rig.call('attention.get', { attentionId });
}

/** Answers what the machine points out and confirms the page. */
async function confirmPage(
  rig: DeskRig,
  { pageId, flags }: Pick<View['documents'][number]['pages'][number], 'pageId' | 'flags'>,
): Promise<void> {
  for (const [flag, known] of flags.entries()) {
    const [answer] = answersOf(known.kind);
    if (answer !== undefined) await rig.call('collation.answer', { pageId, flag, answer });
  }
  await rig.call('collation.decide', { pageId, verdict: 'confirmed' });
}

export async function prepare(rig: DeskRig, { attentionId }: Pick<View, 'attentionId'>): Promise<void> {
  await rig.finishJob(rig.call('documents.prepare', { attentionId }));
}

export async function signAsCitizen(rig: DeskRig, { attentionId }: Pick<View, 'attentionId'>): Promise<void> {
  const { candidates } = await rig.call('application.listCitizenCards', { attentionId });
  const card = candidates.find(({ refusal }) => refusal === null);
  if (card === undefined) throw new Error('no card of the citizen');
  const { readerId, certificateId } = card;
  await rig.finishJob(
    rig.call('application.signWithCitizenCard', { attentionId, readerId, certificateId, pin: pinBytes() }),
  );
}

/** One PIN: signs what the manifest shows, registers, makes the receipt. */
export async function signAndRegister(rig: DeskRig, { attentionId }: Pick<View, 'attentionId'>): Promise<Manifest> {
  const manifest = await rig.call('signing.getManifest', { attentionId });
  const { manifestDigest } = manifest;
  await rig.finishJob(rig.call('signing.signAndRegister', { attentionId, manifestDigest, pin: pinBytes() }));
  return manifest;
}

export async function deliver(rig: DeskRig, { attentionId }: Pick<View, 'attentionId'>): Promise<void> {
  const delivery = { receiptHanded: true, consentCopyHanded: true, originalsReturned: true };
  await rig.call('attention.setDelivery', { attentionId, delivery });
  await rig.call('attention.finish', { attentionId });
}

export type Served = Readonly<{ view: View; record: RecordView; manifest: Manifest }>;

/** One whole attention, from the greeting to the receipt in the citizen's hand. */
export async function serveCitizen(
  rig: DeskRig,
  route: ApplicationRoute,
  changes: Partial<AttentionForm> = {},
): Promise<Served> {
  const opened = await receiveCitizen(rig, route, changes);
  await gatherPapers(rig, opened);
  await prepare(rig, opened);
  if (route === 'citizenCard') await signAsCitizen(rig, opened);
  const manifest = await signAndRegister(rig, opened);
  const view = await rig.call('attention.get', { attentionId: opened.attentionId });
  await deliver(rig, opened);
  const record = await rig.call('records.get', { recordId: view.recordId ?? '' });
  return { view, record, manifest };
}
