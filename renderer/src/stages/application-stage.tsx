import { useState } from 'react';
import type { ApplicationRoute } from '../../../core/contract/schemas/attention.ts';
import type { Language } from '../../../core/contract/schemas/common.ts';
import { CheckField, optionsOf, SelectField, TextField } from '../components/fields.tsx';
import { RadioChoice } from '../components/radio-choice.tsx';
import { SearchCombo } from '../components/search-combo.tsx';
import { isObliged } from '../format/person-name.ts';
import { codes, t } from '../i18n/i18n.ts';
import { limits } from '../state/form-limits.ts';
import { useProcedures, useUnits } from '../state/queries.ts';
import { useAttentionWork } from './attention-context.tsx';
import styles from './attention.module.css';
import { StageFrame } from './stage-frame.tsx';

const generalId = 'general';

/** What is asked, of whom, and how the application is signed. */
export function ApplicationStage() {
  return (
    <StageFrame>
      <div className={styles['grid']}>
        <div className={styles['w6']}>
          <ProcedureField />
        </div>
        <div className={styles['w6']}>
          <UnitField />
        </div>
      </div>
      <RouteField />
      <ContentFields />
      <NoticeFields />
    </StageFrame>
  );
}

function ProcedureField() {
  const { form, edit, fieldError } = useAttentionWork();
  const [text, setText] = useState('');
  const found = useProcedures(text);
  const all = useProcedures('');
  const named = useProcedures(form.procedureId ?? '');
  const general = { id: generalId, text: t('application.general'), hint: '' };
  const items = found.map((procedure) => ({
    id: procedure.procedureId,
    text: procedure.title,
    hint: [procedure.unitName, procedure.siaCode === null ? '' : t('application.sia', { code: procedure.siaCode })]
      .filter((part) => part !== '')
      .join(' · '),
  }));
  const chosen =
    form.procedureId === null
      ? null
      : ([...found, ...all, ...named].find(({ procedureId }) => procedureId === form.procedureId) ?? null);
  const selected =
    form.procedureId === null ? general : { id: form.procedureId, text: chosen?.title ?? form.procedureId, hint: '' };
  const facts =
    chosen === null
      ? []
      : [
          chosen.deadline === null ? '' : t('application.deadline', { deadline: chosen.deadline }),
          chosen.requiredDocuments.length === 0
            ? ''
            : t('application.requires', { titles: chosen.requiredDocuments.map(({ title }) => title).join(', ') }),
        ];

  function choose(id: string): void {
    if (id === generalId) {
      edit({ procedureId: null });
      return;
    }
    const procedure = [...found, ...all].find(({ procedureId }) => procedureId === id);
    edit({
      procedureId: id,
      ...(procedure === undefined ? {} : { unitCode: procedure.unitCode }),
      // The title is what an extract usually begins with; the officer completes it.
      ...(procedure !== undefined && form.summary.trim() === ''
        ? { summary: procedure.title.slice(0, limits.summary) }
        : {}),
    });
  }

  return (
    <SearchCombo
      label={t('application.procedure')}
      selected={selected}
      items={text === '' ? [general, ...items] : [...items, general]}
      emptyText={t('application.noProcedure')}
      onSearch={setText}
      onSelect={choose}
      path="procedureId"
      isFirst
      error={fieldError('procedureId')}
      hint={facts.filter((fact) => fact !== '').join(' · ') || undefined}
    />
  );
}

function UnitField() {
  const { form, edit, fieldError } = useAttentionWork();
  const [text, setText] = useState('');
  const found = useUnits(text);
  const named = useUnits(form.unitCode);
  const known = [...found, ...named].find(({ unitCode }) => unitCode === form.unitCode);
  const selected = form.unitCode === '' ? null : { id: form.unitCode, text: known?.name ?? form.unitCode, hint: '' };
  return (
    <SearchCombo
      label={t('application.unit')}
      selected={selected}
      items={found.map((unit) => ({
        id: unit.unitCode,
        text: unit.name,
        hint: [unit.unitCode, unit.parentName ?? ''].filter((part) => part !== '').join(' · '),
      }))}
      emptyText={t('application.noUnit')}
      onSearch={setText}
      onSelect={(unitCode) => edit({ unitCode })}
      path="unitCode"
      error={fieldError('unitCode')}
      hint={form.unitCode === '' ? undefined : form.unitCode}
    />
  );
}

/** Art. 43 is not offered to who must deal electronically, nor by an officer who is not enabled: it says why. */
function RouteField() {
  const { attention, status, form, edit, fieldError } = useAttentionWork();
  const mayAct = status.session.officer?.mayActForCitizens === true;
  const refusal = isObliged(attention.problems, form)
    ? t('application.routeObliged')
    : mayAct
      ? null
      : t('application.routeNotEnabled');
  const routes: readonly ApplicationRoute[] = ['paper', 'officer', 'citizenCard', 'broughtSigned'];
  return (
    <div className={styles['section']}>
      <RadioChoice
        look="cards"
        label={t('application.route')}
        value={form.route}
        path="route"
        error={fieldError('route')}
        choices={routes.map((route) => {
          const isRefused = route === 'officer' && refusal !== null;
          return {
            value: route,
            text: codes.route[route],
            hint: isRefused ? refusal : codes.routeHint[route],
            isDisabled: isRefused,
          };
        })}
        onChange={(route) => edit({ route })}
      />
      {form.route === 'officer' ? (
        <CheckField
          label={t('application.lacksMeans')}
          isSelected={form.lacksElectronicMeans}
          onChange={(lacksElectronicMeans) => edit({ lacksElectronicMeans })}
          error={fieldError('lacksElectronicMeans')}
          path="lacksElectronicMeans"
        />
      ) : null}
    </div>
  );
}

function ContentFields() {
  const { form, edit, fieldError } = useAttentionWork();
  return (
    <fieldset className={styles['section']}>
      <legend>{t('application.content')}</legend>
      <TextField
        label={t('application.summary')}
        value={form.summary}
        onChange={(summary) => edit({ summary })}
        limit={limits.summary}
        hasCounter
        hint={t('application.summaryHint')}
        path="summary"
        error={fieldError('summary')}
      />
      {form.route === 'paper' || form.route === 'broughtSigned' ? null : (
        <>
          <TextField
            label={t('application.statement')}
            value={form.statement}
            onChange={(statement) => edit({ statement })}
            limit={limits.statement}
            hasCounter
            rows={4}
            path="statement"
            error={fieldError('statement')}
          />
          <TextField
            label={t('application.petition')}
            value={form.petition}
            onChange={(petition) => edit({ petition })}
            limit={limits.petition}
            hasCounter
            rows={3}
            path="petition"
            error={fieldError('petition')}
          />
        </>
      )}
    </fieldset>
  );
}

function NoticeFields() {
  const { form, edit, fieldError } = useAttentionWork();
  return (
    <div className={styles['section']}>
      <hr className={styles['rule']} />
      <div className={styles['grid']}>
        <div className={styles['w8']}>
          <RadioChoice
            look="row"
            label={t('application.channel')}
            value={form.notificationChannel}
            path="notificationChannel"
            error={fieldError('notificationChannel')}
            choices={[
              { value: 'paper', text: t('application.channelPaper') },
              { value: 'electronic', text: t('application.channelElectronic') },
            ]}
            onChange={(notificationChannel) => edit({ notificationChannel })}
          />
        </div>
        <div className={styles['w4']}>
          <SelectField<Language>
            label={t('application.language')}
            value={form.language}
            options={optionsOf(codes.language)}
            onChange={(language) => edit({ language })}
          />
        </div>
      </div>
      <div className={styles['row']}>
        <CheckField
          label={t('application.byEmail')}
          isSelected={form.notifyByEmail}
          onChange={(notifyByEmail) => edit({ notifyByEmail })}
        />
        <CheckField
          label={t('application.bySms')}
          isSelected={form.notifyBySms}
          onChange={(notifyBySms) => edit({ notifyBySms })}
        />
      </div>
      <CommitmentField />
    </div>
  );
}

/** Here, and beside the annexes: it is asked when they are on the counter. */
export function CommitmentField() {
  const { form, edit, fieldError } = useAttentionWork();
  return (
    <CheckField
      label={t('application.commitment')}
      isSelected={form.annexesCommitment}
      onChange={(annexesCommitment) => edit({ annexesCommitment })}
      hint={t('application.commitmentHint')}
      error={fieldError('annexesCommitment')}
      path="annexesCommitment"
    />
  );
}
