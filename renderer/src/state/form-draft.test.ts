import { describe, expect, it } from 'vitest';
import { AppError } from '../../../core/contract/errors.ts';
import type { AttentionForm, AttentionView } from '../../../core/contract/schemas/attention.ts';
import { makeEmptyPerson } from '../format/person-name.ts';
import { createFormDraft } from './form-draft.ts';

const form: AttentionForm = {
  presenter: makeEmptyPerson(),
  identityCheck: { document: 'none', method: 'none', note: '' },
  representation: { kind: 'none', reference: '' },
  interestedParties: [],
  electronicOnlyReason: 'none',
  procedureId: null,
  unitCode: 'L01999990',
  route: 'paper',
  summary: '',
  statement: '',
  petition: '',
  notificationChannel: 'paper',
  notifyByEmail: false,
  notifyBySms: false,
  language: 'es',
  annexesCommitment: false,
  lacksElectronicMeans: false,
};

const attention: AttentionView = {
  attentionId: '00000000-0000-4000-8000-000000000001',
  version: 1,
  officerId: 'ana',
  openedAt: '2026-11-22T10:42:07+01:00',
  stage: 'application',
  stages: [],
  form,
  problems: [],
  documents: [],
  laidAside: { blank: 0, separator: 0 },
  consent: null,
  recordId: null,
  recordNumber: null,
  delivery: { receiptHanded: false, consentCopyHanded: false, originalsReturned: false },
};

/** Services in memory with the version rule of the contract. */
function makeServices() {
  let current = attention;
  const saved: AttentionForm[] = [];
  let beforeUpdate = () => {};
  const update = async (version: number, changed: AttentionForm) => {
    beforeUpdate();
    await Promise.resolve();
    if (version !== current.version) throw new AppError('attention.changedSinceReview');
    saved.push(changed);
    current = { ...current, version: current.version + 1, form: changed };
    return current;
  };
  return {
    saved,
    ports: { update, refetch: () => Promise.resolve(current), onSaved: () => {}, delayMs: 60_000 },
    changeMeanwhile: (change: Partial<AttentionForm>) => {
      current = { ...current, version: current.version + 1, form: { ...current.form, ...change } };
      return current;
    },
    onUpdate: (hook: () => void) => {
      beforeUpdate = hook;
    },
    get: () => current,
  };
}

describe('the form as it is typed', () => {
  it('saves what was typed, once, and says that it is saved', async () => {
    const services = makeServices();
    const draft = createFormDraft(attention, services.ports);
    draft.edit({ summary: 'Obra' });
    draft.edit({ summary: 'Obra menor' });
    expect(draft.getState()).toMatchObject({ form: { summary: 'Obra menor' }, saving: 'pending' });
    await draft.flush();
    await draft.flush();
    expect(services.saved.map(({ summary }) => summary)).toEqual(['Obra menor']);
    expect(draft.getState().saving).toBe('saved');
  });

  it('saves after a flush that had nothing to do', async () => {
    const services = makeServices();
    const draft = createFormDraft(attention, services.ports);
    await draft.flush();
    draft.edit({ summary: 'Obra' });
    await draft.flush();
    expect(services.get().form.summary).toBe('Obra');
  });

  it('also saves what is typed while it is saving', async () => {
    const services = makeServices();
    const draft = createFormDraft(attention, services.ports);
    draft.edit({ summary: 'Ob' });
    const saving = draft.flush();
    draft.edit({ summary: 'Obra', petition: 'Licencia' });
    await saving;
    expect(services.get().form).toMatchObject({ summary: 'Obra', petition: 'Licencia' });
    expect(draft.getState().saving).toBe('saved');
    draft.dispose();
  });

  it('lays what was typed over what changed meanwhile', async () => {
    const services = makeServices();
    const draft = createFormDraft(attention, services.ports);
    draft.edit({ summary: 'Obra' });
    services.changeMeanwhile({ petition: 'Otra' });
    await draft.flush();
    expect(services.get().form).toMatchObject({ summary: 'Obra', petition: 'Otra' });
    expect(draft.getState().form).toMatchObject({ summary: 'Obra', petition: 'Otra' });
  });

  it('shows a newer attention without losing what is not saved', () => {
    const services = makeServices();
    const draft = createFormDraft(attention, services.ports);
    draft.edit({ summary: 'Obra' });
    draft.rebase(services.changeMeanwhile({ petition: 'Otra' }));
    expect(draft.getState().form).toMatchObject({ summary: 'Obra', petition: 'Otra' });
    draft.dispose();
  });

  it('keeps what was typed when it cannot be saved, says why, and saves it later', async () => {
    const services = makeServices();
    const draft = createFormDraft(attention, services.ports);
    draft.edit({ summary: 'Obra' });
    services.onUpdate(() => {
      throw new AppError('desk.diskFull');
    });
    await expect(draft.flush()).rejects.toMatchObject({ code: 'desk.diskFull' });
    expect(draft.getState()).toMatchObject({
      form: { summary: 'Obra' },
      saving: 'failed',
      error: { code: 'desk.diskFull' },
    });
    services.onUpdate(() => {});
    await draft.flush();
    expect(draft.getState()).toMatchObject({ saving: 'saved', error: null });
  });

  it('gives up when the services never agree on the version', async () => {
    const services = makeServices();
    const draft = createFormDraft(attention, services.ports);
    services.onUpdate(() => void services.changeMeanwhile({}));
    draft.edit({ summary: 'Obra' });
    await expect(draft.flush()).rejects.toMatchObject({ code: 'attention.changedSinceReview' });
  });

  it('leaves what is too long on the screen and saves what fits', async () => {
    const services = makeServices();
    const draft = createFormDraft(attention, services.ports);
    draft.edit({ summary: 'a'.repeat(250) });
    await draft.flush();
    expect(services.saved.at(-1)?.summary).toHaveLength(240);
    expect(draft.getState().form.summary).toHaveLength(250);
    draft.edit({ summary: 'corto' });
    await draft.flush();
    expect(draft.getState().form.summary).toBe('corto');
  });
});
