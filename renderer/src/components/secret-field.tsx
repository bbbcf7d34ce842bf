import { useId } from 'react';
import type { Ref } from 'react';
import styles from './controls.module.css';

type SecretFieldProps = Readonly<{
  label: string;
  hint?: string;
  ref: Ref<HTMLInputElement>;
  /** A key that is copied from paper is read while it is typed. */
  isShown?: boolean;
  isFirst?: boolean;
}>;

/** An input that React does not control: what is typed is in no state, and leaves the input when it is taken (state/pin.ts). */
export function SecretField({ label, hint, ref, isShown = false, isFirst = false }: SecretFieldProps) {
  const id = useId();
  return (
    <div className={styles['field']}>
      <label className={styles['label']} htmlFor={id}>
        {label}
      </label>
      <input
        ref={ref}
        id={id}
        type={isShown ? 'text' : 'password'}
        className={styles['input']}
        autoComplete="off"
        spellCheck={false}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        data-first-field={isFirst ? '' : undefined}
      />
      {hint === undefined ? null : (
        <p id={`${id}-hint`} className={styles['hint']}>
          {hint}
        </p>
      )}
    </div>
  );
}
