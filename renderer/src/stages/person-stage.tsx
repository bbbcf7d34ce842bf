import type { Person } from '../../../core/contract/schemas/person.ts';
import { Button } from '../components/button.tsx';
import { optionsOf, SelectField, TextField } from '../components/fields.tsx';
import { Notice } from '../components/notices.tsx';
import { makeEmptyPerson } from '../format/person-name.ts';
import { codes, problemSentence, t } from '../i18n/i18n.ts';
import { limits } from '../state/form-limits.ts';
import { useAttentionWork } from './attention-context.tsx';
import styles from './attention.module.css';
import { PersonFields } from './person-fields.tsx';
import { StageFrame } from './stage-frame.tsx';

/** Who is in front, how they were identified, and in whose name they act. */
export function PersonStage() {
  const { form, edit } = useAttentionWork();
  return (
    <StageFrame>
      <fieldset className={styles['section']}>
        <legend>{t('person.presenter')}</legend>
        <PersonFields person={form.presenter} path="presenter" onChange={(presenter) => edit({ presenter })} isFirst />
      </fieldset>
      <IdentitySection />
      <OnBehalfSection />
    </StageFrame>
  );
}

function IdentitySection() {
  const { form, edit, fieldError } = useAttentionWork();
  const { identityCheck } = form;
  const set = (change: Partial<typeof identityCheck>) => edit({ identityCheck: { ...identityCheck, ...change } });
  const error = fieldError('identityCheck');
  return (
    <fieldset className={styles['section']}>
      <legend>{t('person.identity')}</legend>
      <div className={styles['grid']}>
        <div className={styles['w4']}>
          <SelectField
            label={t('person.identityDocument')}
            value={identityCheck.document}
            options={optionsOf(codes.identityDocument)}
            // Comparing the photograph is what the counter does; another way is one key away.
            onChange={(document) =>
              set({
                document,
                method:
                  identityCheck.method === 'none'
                    ? document === 'midni'
                      ? 'officialAppVerified'
                      : 'photographCompared'
                    : identityCheck.method,
              })
            }
            path="identityCheck"
            error={identityCheck.document === 'none' ? error : null}
          />
        </div>
        <div className={styles['w4']}>
          <SelectField
            label={t('person.identityMethod')}
            value={identityCheck.method}
            options={optionsOf(codes.identityMethod)}
            onChange={(method) => set({ method })}
            error={identityCheck.method === 'none' && identityCheck.document !== 'none' ? error : null}
          />
        </div>
        <div className={styles['w4']}>
          <TextField
            label={t('person.identityNote')}
            value={identityCheck.note}
            onChange={(note) => set({ note })}
            limit={limits.identityNote}
          />
        </div>
      </div>
    </fieldset>
  );
}

function OnBehalfSection() {
  const { attention, form, edit, fieldError } = useAttentionWork();
  const isRepresentative = form.representation.kind !== 'none';
  const parties = form.interestedParties;
  const obliged = attention.problems.find((problem) => problem.code === 'electronicOnly');
  const setParty = (index: number, party: Person) =>
    edit({ interestedParties: parties.map((known, place) => (place === index ? party : known)) });
  return (
    <fieldset className={styles['section']}>
      <legend>{t('person.onBehalf')}</legend>
      <div className={styles['grid']}>
        <div className={styles['w6']}>
          <SelectField
            label={t('person.representation')}
            value={form.representation.kind}
            options={optionsOf(codes.representation)}
            onChange={(kind) =>
              edit({
                representation: { ...form.representation, kind },
                // Who represents, represents somebody: the fields are there at once.
                ...(kind !== 'none' && parties.length === 0 ? { interestedParties: [makeEmptyPerson()] } : {}),
              })
            }
            path="representation"
          />
        </div>
        <div className={styles['w6']}>
          {isRepresentative ? (
            <TextField
              label={t('person.representationReference')}
              value={form.representation.reference}
              onChange={(reference) => edit({ representation: { ...form.representation, reference } })}
              limit={limits.representationReference}
            />
          ) : (
            <SelectField
              label={t('person.electronicOnly')}
              value={form.electronicOnlyReason}
              options={optionsOf(codes.electronicOnlyReason)}
              onChange={(electronicOnlyReason) => edit({ electronicOnlyReason })}
              path="electronicOnlyReason"
            />
          )}
        </div>
        {isRepresentative ? (
          <div className={styles['w6']}>
            <SelectField
              label={t('person.electronicOnly')}
              value={form.electronicOnlyReason}
              options={optionsOf(codes.electronicOnlyReason)}
              onChange={(electronicOnlyReason) => edit({ electronicOnlyReason })}
              path="electronicOnlyReason"
            />
          </div>
        ) : null}
      </div>
      {obliged === undefined ? null : (
        <Notice kind="warn">
          <p>{problemSentence(obliged)}</p>
        </Notice>
      )}
      {parties.map((party, index) => (
        // A person has no identity of its own until it is registered: its place in the list is all there is.
        <fieldset key={`party-${String(index)}`} className={styles['section']}>
          <legend>{t('person.party', { number: index + 1 })}</legend>
          <PersonFields
            person={party}
            path={`interestedParties.${String(index)}`}
            onChange={(changed) => setParty(index, changed)}
          />
          <div>
            <Button
              isSmall
              onPress={() => edit({ interestedParties: parties.filter((_party, place) => place !== index) })}
            >
              {t('person.removeParty', { number: index + 1 })}
            </Button>
          </div>
        </fieldset>
      ))}
      {fieldError('interestedParties') === null ? null : <p>{fieldError('interestedParties')}</p>}
      {parties.length >= 20 ? null : (
        <div data-path="interestedParties">
          <Button isSmall onPress={() => edit({ interestedParties: [...parties, makeEmptyPerson()] })}>
            {isRepresentative ? t('person.addPrincipal') : t('person.addParty')}
          </Button>
        </div>
      )}
    </fieldset>
  );
}
