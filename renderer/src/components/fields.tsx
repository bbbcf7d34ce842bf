import { useId } from 'react';
import type { ReactNode } from 'react';
import { t } from '../i18n/i18n.ts';
import styles from './controls.module.css';

type FieldFrameProps = Readonly<{
  label: string;
  error?: string | null | undefined;
  hint?: ReactNode;
  counter?: string | undefined;
  /** Beside the control, where it does not move when a note appears. */
  beside?: ReactNode;
  children: (
    attributes: Readonly<{ id: string; 'aria-invalid': boolean; 'aria-describedby': string | undefined }>,
  ) => ReactNode;
}>;

function FieldFrame({ label, error, hint, counter, beside, children }: FieldFrameProps) {
  const id = useId();
  const hasNote = (error !== null && error !== undefined) || hint !== undefined;
  const noteId = `${id}-note`;
  return (
    <div className={styles['field']}>
      <div className={styles['labelRow']}>
        <label htmlFor={id}>{label}</label>
        {counter === undefined ? null : <span aria-hidden="true">{counter}</span>}
      </div>
      <div className={styles['besideRow']}>
        {children({
          id,
          'aria-invalid': error !== null && error !== undefined,
          'aria-describedby': hasNote ? noteId : undefined,
        })}
        {beside}
      </div>
      {hasNote ? (
        <div id={noteId} className={error !== null && error !== undefined ? styles['fieldError'] : styles['hint']}>
          {error ?? hint}
        </div>
      ) : null}
    </div>
  );
}

type TextFieldProps = Readonly<{
  label: string;
  value: string;
  onChange: (value: string) => void;
  onBlur?: () => void;
  error?: string | null | undefined;
  hint?: ReactNode;
  beside?: ReactNode;
  limit?: number;
  /** Shows «12 de 240» from the start; other fields only speak when something is too long. */
  hasCounter?: boolean;
  rows?: number;
  type?: 'text' | 'email' | 'tel';
  placeholder?: string;
  /** Path in the form, so that a problem can take the focus here. */
  path?: string;
  isFirst?: boolean;
}>;

/** A line or, with `rows`, an area of text. What is too long is said and never cut while typing. */
export function TextField({
  label,
  value,
  onChange,
  onBlur,
  error,
  hint,
  beside,
  limit,
  hasCounter = false,
  rows,
  type = 'text',
  placeholder,
  path,
  isFirst = false,
}: TextFieldProps) {
  const excess = limit === undefined ? 0 : value.length - limit;
  const shownError = excess > 0 ? t('attention.tooLong', { count: excess }) : error;
  const counter =
    hasCounter && limit !== undefined ? t('attention.counter', { count: value.length, limit }) : undefined;
  return (
    <FieldFrame label={label} error={shownError} hint={hint} counter={counter} beside={beside}>
      {(attributes) => {
        const common = {
          ...attributes,
          value,
          placeholder,
          onBlur,
          'data-path': path,
          'data-first-field': isFirst ? '' : undefined,
          autoComplete: 'off',
          spellCheck: rows !== undefined,
        };
        return rows === undefined ? (
          <input
            {...common}
            type={type}
            className={styles['input']}
            onChange={(event) => onChange(event.target.value)}
          />
        ) : (
          <textarea
            {...common}
            rows={rows}
            className={styles['area']}
            onChange={(event) => onChange(event.target.value)}
          />
        );
      }}
    </FieldFrame>
  );
}

type SelectFieldProps<Value extends string> = Readonly<{
  label: string;
  value: Value;
  options: readonly Readonly<{ value: Value; text: string; isDisabled?: boolean }>[];
  onChange: (value: Value) => void;
  error?: string | null | undefined;
  hint?: ReactNode;
  path?: string;
  isFirst?: boolean;
}>;

/** A short closed list: the native control, which officers type into. */
export function SelectField<Value extends string>({
  label,
  value,
  options,
  onChange,
  error,
  hint,
  path,
  isFirst = false,
}: SelectFieldProps<Value>) {
  return (
    <FieldFrame label={label} error={error} hint={hint}>
      {(attributes) => (
        <select
          {...attributes}
          className={styles['input']}
          value={value}
          data-path={path}
          data-first-field={isFirst ? '' : undefined}
          onChange={(event) => {
            const chosen = options.find((option) => option.value === event.target.value);
            if (chosen !== undefined) onChange(chosen.value);
          }}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value} disabled={option.isDisabled}>
              {option.text}
            </option>
          ))}
        </select>
      )}
    </FieldFrame>
  );
}

/** Options of a closed code list, in its order. */
export function optionsOf<Code extends string>(
  list: Readonly<Record<Code, string>>,
): readonly Readonly<{ value: Code; text: string }>[] {
  return (Object.keys(list) as Code[]).map((value) => ({ value, text: list[value] }));
}

type CheckFieldProps = Readonly<{
  label: string;
  isSelected: boolean;
  onChange: (isSelected: boolean) => void;
  hint?: string;
  error?: string | null | undefined;
  isDisabled?: boolean;
  path?: string;
}>;

/** The native control: the input itself is what is seen and pressed. */
export function CheckField({ label, isSelected, onChange, hint, error, isDisabled = false, path }: CheckFieldProps) {
  const id = useId();
  const note = error ?? hint;
  return (
    <div className={styles['option']}>
      <input
        id={id}
        type="checkbox"
        className={styles['mark']}
        checked={isSelected}
        disabled={isDisabled}
        data-path={path}
        aria-invalid={error !== undefined && error !== null}
        aria-describedby={note === undefined ? undefined : `${id}-note`}
        onChange={(event) => onChange(event.target.checked)}
      />
      <label htmlFor={id} className={styles['optionText']}>
        {label}
      </label>
      {note === undefined ? null : (
        <p
          id={`${id}-note`}
          className={`${styles['optionHint'] ?? ''} ${error === undefined || error === null ? '' : (styles['fieldError'] ?? '')}`}
        >
          {note}
        </p>
      )}
    </div>
  );
}
