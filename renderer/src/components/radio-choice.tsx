import { useId } from 'react';
import styles from './controls.module.css';

type Choice<Value extends string> = Readonly<{
  value: Value;
  text: string;
  hint?: string | undefined;
  isDisabled?: boolean;
}>;

type RadioChoiceProps<Value extends string> = Readonly<{
  label: string;
  value: Value | null;
  choices: readonly Choice<Value>[];
  onChange: (value: Value) => void;
  /** Cards carry an explanation each; a row is for two or three words. */
  look: 'cards' | 'row';
  error?: string | null | undefined;
  path?: string;
}>;

/** The native control: the input itself is what is seen and pressed, and the arrows are the browser's. */
export function RadioChoice<Value extends string>({
  label,
  value,
  choices,
  onChange,
  look,
  error,
  path,
}: RadioChoiceProps<Value>) {
  const id = useId();
  const hasError = error !== undefined && error !== null;
  return (
    <div
      role="radiogroup"
      aria-labelledby={id}
      aria-describedby={hasError ? `${id}-error` : undefined}
      className={styles['field']}
      data-path={path}
    >
      <span id={id} className={styles['label']}>
        {label}
      </span>
      <div className={look === 'cards' ? styles['options'] : styles['optionsRow']}>
        {choices.map((choice) => {
          const choiceId = `${id}-${choice.value}`;
          const isSelected = choice.value === value;
          return (
            <div
              key={choice.value}
              className={look === 'cards' ? styles['optionCard'] : styles['option']}
              data-selected={isSelected || undefined}
              data-disabled={choice.isDisabled || undefined}
            >
              <input
                id={choiceId}
                type="radio"
                name={id}
                className={styles['mark']}
                checked={isSelected}
                disabled={choice.isDisabled ?? false}
                aria-describedby={choice.hint === undefined ? undefined : `${choiceId}-hint`}
                onChange={() => onChange(choice.value)}
              />
              <label htmlFor={choiceId} className={styles['optionText']}>
                {choice.text}
              </label>
              {choice.hint === undefined ? null : (
                <span id={`${choiceId}-hint`} className={styles['optionHint']}>
                  {choice.hint}
                </span>
              )}
            </div>
          );
        })}
      </div>
      {hasError ? (
        <p id={`${id}-error`} className={styles['fieldError']}>
          {error}
        </p>
      ) : null}
    </div>
  );
}
