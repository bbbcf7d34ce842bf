import { useId } from 'react';
import { Label } from 'react-aria-components/Label';
import { Radio, RadioGroup } from 'react-aria-components/RadioGroup';
import styles from './controls.module.css';

type Choice<Value extends string> = Readonly<{ value: Value; text: string; hint?: string | undefined; isDisabled?: boolean }>;

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

export function RadioChoice<Value extends string>({ label, value, choices, onChange, look, error, path }: RadioChoiceProps<Value>) {
  const id = useId();
  return (
    <RadioGroup
      className={styles['field'] ?? ''}
      value={value}
      isInvalid={error !== undefined && error !== null}
      onChange={(chosen) => {
        const known = choices.find((choice) => choice.value === chosen);
        if (known !== undefined) onChange(known.value);
      }}
      {...(path === undefined ? {} : { 'data-path': path })}
    >
      <Label className={styles['label'] ?? ''}>{label}</Label>
      <div className={look === 'cards' ? styles['options'] : styles['optionsRow']}>
        {choices.map((choice) => (
          <Radio
            key={choice.value}
            value={choice.value}
            isDisabled={choice.isDisabled ?? false}
            className={(look === 'cards' ? styles['optionCard'] : styles['option']) ?? ''}
            {...(choice.hint === undefined ? {} : { 'aria-describedby': `${id}-${choice.value}` })}
          >
            <span className={styles['mark']} aria-hidden="true" />
            <span className={styles['optionText']}>{choice.text}</span>
            {choice.hint === undefined ? null : (
              <span id={`${id}-${choice.value}`} className={styles['optionHint']}>
                {choice.hint}
              </span>
            )}
          </Radio>
        ))}
      </div>
      {error === undefined || error === null ? null : <p className={styles['fieldError']}>{error}</p>}
    </RadioGroup>
  );
}
