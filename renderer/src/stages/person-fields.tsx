import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Person } from '../../../core/contract/schemas/person.ts';
import { useBridge } from '../bridge/bridge-context.tsx';
import { Button } from '../components/button.tsx';
import controls from '../components/controls.module.css';
import { optionsOf, SelectField, TextField } from '../components/fields.tsx';
import { countries, provinces } from '../i18n/places.ts';
import { codes, t } from '../i18n/i18n.ts';
import { limits } from '../state/form-limits.ts';
import { useAttentionWork } from './attention-context.tsx';
import styles from './attention.module.css';

type PersonFieldsProps = Readonly<{
  person: Person;
  path: string;
  onChange: (person: Person) => void;
  isFirst?: boolean;
}>;

const countryOptions = optionsOf(countries).toSorted((a, b) =>
  a.value === '724' ? -1 : b.value === '724' ? 1 : a.text.localeCompare(b.text, 'es'),
);
const provinceOptions = [
  { value: '' as const, text: '—' },
  ...optionsOf(provinces).toSorted((a, b) => a.text.localeCompare(b.text, 'es')),
];

/** Who a person is and where to reach them. */
export function PersonFields({ person, path, onChange, isFirst = false }: PersonFieldsProps) {
  const { fieldError } = useAttentionWork();
  const { contact } = person;
  const set = (change: Partial<Person>) => onChange({ ...person, ...change });
  const setContact = (change: Partial<Person['contact']>) => set({ contact: { ...contact, ...change } });
  return (
    <div className={styles['grid']}>
      <div className={styles['w3']}>
        <SelectField
          label={t('person.identifierType')}
          value={person.identifierType}
          options={optionsOf(codes.identifierType)}
          onChange={(identifierType) =>
            set({ identifierType, personType: identifierType === 'cif' ? 'legal' : person.personType })
          }
        />
      </div>
      <div className={styles['w5']}>
        <IdentifierField person={person} path={`${path}.identifier`} onChange={set} isFirst={isFirst} />
      </div>
      <div className={styles['w4']}>
        <SelectField
          label={t('person.personType')}
          value={person.personType}
          options={[
            { value: 'natural', text: t('person.natural') },
            { value: 'legal', text: t('person.legal') },
          ]}
          onChange={(personType) => set({ personType })}
        />
      </div>
      {person.personType === 'legal' ? (
        <div className={styles['w12']}>
          <TextField
            label={t('person.businessName')}
            value={person.businessName}
            onChange={(businessName) => set({ businessName })}
            limit={limits.businessName}
            path={`${path}.businessName`}
            error={fieldError(`${path}.businessName`)}
          />
        </div>
      ) : (
        <>
          <div className={styles['w4']}>
            <TextField
              label={t('person.givenName')}
              value={person.givenName}
              onChange={(givenName) => set({ givenName })}
              limit={limits.givenName}
              path={`${path}.givenName`}
              error={fieldError(`${path}.givenName`)}
            />
          </div>
          <div className={styles['w4']}>
            <TextField
              label={t('person.surname1')}
              value={person.surname1}
              onChange={(surname1) => set({ surname1 })}
              limit={limits.surname1}
              path={`${path}.surname1`}
              error={fieldError(`${path}.surname1`)}
            />
          </div>
          <div className={styles['w4']}>
            <TextField
              label={t('person.surname2')}
              value={person.surname2}
              onChange={(surname2) => set({ surname2 })}
              limit={limits.surname2}
              path={`${path}.surname2`}
            />
          </div>
        </>
      )}
      <div className={styles['w8']}>
        <TextField
          label={t('person.address')}
          value={contact.address}
          onChange={(address) => setContact({ address })}
          limit={limits.address}
          path={`${path}.contact.address`}
          error={fieldError(`${path}.contact.address`)}
        />
      </div>
      <div className={styles['w4']}>
        <TextField
          label={t('person.postalCode')}
          value={contact.postalCode}
          onChange={(postalCode) => setContact(withProvince(person, postalCode))}
          limit={limits.postalCode}
          path={`${path}.contact.postalCode`}
          error={fieldError(`${path}.contact.postalCode`)}
        />
      </div>
      <div className={styles['w4']}>
        <TextField
          label={t('person.municipality')}
          value={contact.municipality}
          onChange={(municipality) => setContact({ municipality })}
          limit={limits.municipality}
          path={`${path}.contact.municipality`}
        />
      </div>
      <div className={styles['w4']}>
        <SelectField
          label={t('person.province')}
          value={knownCode(provinceOptions, contact.province)}
          options={provinceOptions}
          onChange={(province) => setContact({ province })}
        />
      </div>
      <div className={styles['w4']}>
        <SelectField
          label={t('person.country')}
          value={knownCode(countryOptions, contact.country)}
          options={countryOptions}
          onChange={(country) => setContact({ country })}
        />
      </div>
      <div className={styles['w8']}>
        <TextField
          label={t('person.email')}
          type="email"
          value={contact.email}
          onChange={(email) => setContact({ email })}
          limit={limits.email}
          path={`${path}.contact.email`}
          error={fieldError(`${path}.contact.email`)}
        />
      </div>
      <div className={styles['w4']}>
        <TextField
          label={t('person.mobilePhone')}
          type="tel"
          value={contact.mobilePhone}
          onChange={(mobilePhone) => setContact({ mobilePhone })}
          limit={limits.mobilePhone}
          path={`${path}.contact.mobilePhone`}
          error={fieldError(`${path}.contact.mobilePhone`)}
        />
      </div>
    </div>
  );
}

function knownCode<Value extends string>(options: readonly Readonly<{ value: Value }>[], code: string): Value {
  const known = options.find(({ value }) => value === code) ?? options[0];
  if (known === undefined) throw new Error('an empty list of codes');
  return known.value;
}

// The first two figures of a Spanish postal code are its province.
function withProvince(person: Person, postalCode: string): Partial<Person['contact']> {
  const province = postalCode.slice(0, 2);
  const isKnown = person.contact.country === '724' && postalCode.length === 5 && province in provinces;
  return isKnown ? { postalCode, province } : { postalCode };
}

type IdentifierFieldProps = Readonly<{
  person: Person;
  path: string;
  onChange: (change: Partial<Person>) => void;
  isFirst: boolean;
}>;

/** Checked while it is typed; the only letter that fits is proposed, never put by itself. */
function IdentifierField({ person, path, onChange, isFirst }: IdentifierFieldProps) {
  const bridge = useBridge();
  const { fieldError, hasTried } = useAttentionWork();
  const { identifierType, identifier } = person;
  const [isSettled, setIsSettled] = useState(identifier !== '');
  const typed = identifier.slice(0, 60);
  const { data: check } = useQuery({
    queryKey: ['identifier', identifierType, typed],
    queryFn: () => bridge.call('identifiers.check', { identifierType, identifier: typed }),
    enabled: typed !== '',
    gcTime: 10_000,
    placeholderData: (previous) => previous,
  });
  useEffect(() => {
    if (identifier === '') setIsSettled(false);
  }, [identifier]);

  function settle(): void {
    setIsSettled(true);
    // One way to write it: upper case, without dots or spaces.
    if (check?.state === 'valid' && check.normalized !== identifier) onChange({ identifier: check.normalized });
  }

  const known = typed === '' ? undefined : check;
  // An unfinished number says nothing until the officer leaves the field or tries to go on.
  const isWrong =
    known !== undefined &&
    (known.state === 'invalid' || (known.state === 'incomplete' && hasTried)) &&
    (isSettled || known.normalized.length >= 9);
  const error = isWrong ? (fieldError(path) ?? fallbackSentence(known.state)) : typed === '' ? fieldError(path) : null;
  const { expectedControl, looksLike } = known ?? { expectedControl: null, looksLike: null };
  const base = known === undefined ? '' : known.normalized.replace(/[A-Z]$/u, '');
  return (
    <TextField
      label={t('person.identifier')}
      value={identifier}
      onChange={(value) => onChange({ identifier: value })}
      onBlur={settle}
      limit={limits.identifier}
      path={path}
      error={error}
      hint={
        known?.state === 'valid' ? <span className={controls['good']}>✓ {t('person.identifierValid')}</span> : undefined
      }
      beside={proposal()}
      isFirst={isFirst}
    />
  );

  function proposal() {
    if (known === undefined || known.state === 'valid') return undefined;
    if (looksLike !== null) {
      return (
        <Button
          onPress={() => onChange({ identifierType: looksLike, personType: looksLike === 'cif' ? 'legal' : 'natural' })}
        >
          {t('person.changeType', { type: codes.identifierType[looksLike] })}
        </Button>
      );
    }
    if (expectedControl === null) return undefined;
    return (
      <Button onPress={() => onChange({ identifier: `${base}${expectedControl}` })}>
        {t('person.putLetter', { letter: expectedControl })}
      </Button>
    );
  }
}

function fallbackSentence(state: 'empty' | 'incomplete' | 'valid' | 'invalid'): string | null {
  if (state === 'invalid') return t('person.identifierWrong');
  return state === 'incomplete' ? t('person.identifierShort') : null;
}
