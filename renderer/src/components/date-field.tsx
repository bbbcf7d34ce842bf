import { useState } from 'react';
import { formatTypedDate, parseTypedDate } from '../format/typed-date.ts';
import { t } from '../i18n/i18n.ts';
import { TextField } from './fields.tsx';

type DateFieldProps = Readonly<{
  label: string;
  /** ISO date, or empty. */
  value: string;
  /** ISO date: what a year that was not typed is taken from. */
  today: string;
  /** ISO date, or empty while there is no day yet. */
  onChange: (value: string) => void;
  error?: string | null;
}>;

/** A day as it is written in Spain. The browser's own control follows the language of the computer, and 01/12 may be January there. */
export function DateField({ label, value, today, onChange, error = null }: DateFieldProps) {
  const [text, setText] = useState(formatTypedDate(value));
  const [isLeft, setIsLeft] = useState(true);
  const isWrong = isLeft && text.trim() !== '' && value === '';
  return (
    <TextField
      label={label}
      value={text}
      placeholder={t('day.hint')}
      error={isWrong ? t('day.wrong') : error}
      onChange={(changed) => {
        setText(changed);
        setIsLeft(false);
        onChange(parseTypedDate(changed, today) ?? '');
      }}
      onBlur={() => {
        setIsLeft(true);
        if (value !== '') setText(formatTypedDate(value));
      }}
    />
  );
}
