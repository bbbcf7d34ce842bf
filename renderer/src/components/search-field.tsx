import { useId } from 'react';
import controls from './controls.module.css';
import styles from './tables.module.css';

type SearchFieldProps = Readonly<{
  label: string;
  hint: string;
  value: string;
  onChange: (value: string) => void;
  onSubmit?: () => void;
  shortcut?: string;
  isFirst?: boolean;
}>;

export function SearchField({ label, hint, value, onChange, onSubmit, shortcut, isFirst = false }: SearchFieldProps) {
  const id = useId();
  return (
    <form
      role="search"
      className={controls['field']}
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit?.();
      }}
    >
      <label htmlFor={id} className={controls['label']}>
        {label}
        {shortcut === undefined ? null : (
          <kbd className={styles['shortcut']} aria-hidden="true">
            {shortcut}
          </kbd>
        )}
      </label>
      <input
        id={id}
        type="search"
        className={controls['input']}
        value={value}
        placeholder={hint}
        autoComplete="off"
        maxLength={200}
        data-search=""
        data-first-field={isFirst ? '' : undefined}
        onChange={(event) => onChange(event.target.value)}
      />
    </form>
  );
}
