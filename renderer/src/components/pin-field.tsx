import { useId, useImperativeHandle, useRef, useState } from 'react';
import type { Ref } from 'react';
import type { PinStateView } from '../../../core/contract/schemas/desk.ts';
import { t } from '../i18n/i18n.ts';
import { takePin } from '../state/pin.ts';
import styles from './controls.module.css';

export type PinFieldHandle = Readonly<{
  /** The bytes typed, and an empty field. */
  take(): Uint8Array;
  focus(): void;
}>;

type PinFieldProps = Readonly<{
  label: string;
  pinState: PinStateView | null;
  ref: Ref<PinFieldHandle>;
  /** Told the number of characters, never the characters. */
  onLength: (length: number) => void;
  isFirst?: boolean;
}>;

/** An input that React does not control: the PIN is in no state, and leaves the input when it is taken. */
export function PinField({ label, pinState, ref, onLength, isFirst = false }: PinFieldProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [length, setLength] = useState(0);

  function noteLength(next: number): void {
    setLength(next);
    onLength(next);
  }

  useImperativeHandle(ref, () => ({
    take: () => {
      const element = input.current;
      const pin = element === null ? new Uint8Array() : takePin(element);
      noteLength(0);
      return pin;
    },
    focus: () => input.current?.focus(),
  }));

  const isTooLong = pinState !== null && length > pinState.maxLength;
  return (
    <div className={styles['field']}>
      <label htmlFor={id} className={styles['label']}>
        {label}
      </label>
      <input
        ref={input}
        id={id}
        type="password"
        className={styles['pinInput']}
        autoComplete="off"
        spellCheck={false}
        aria-invalid={isTooLong}
        aria-describedby={`${id}-state`}
        data-first-field={isFirst ? '' : undefined}
        onInput={(event) => noteLength(event.currentTarget.value.length)}
      />
      <p id={`${id}-state`} className={isUrgent(pinState) ? styles['fieldError'] : styles['hint']}>
        {pinSentence(pinState)}
      </p>
    </div>
  );
}

function isUrgent(pinState: PinStateView | null): boolean {
  return pinState !== null && pinState.level !== 'ok';
}

/** What is left of the PIN: known before it is asked. */
export function pinSentence(pinState: PinStateView | null): string {
  if (pinState === null) return '';
  switch (pinState.level) {
    case 'locked':
      return t('pin.locked');
    case 'lastTry':
      return t('pin.lastTry');
    case 'notInitialized':
      return t('pin.notInitialized');
    case 'low':
    case 'ok':
      return pinState.triesLeft === null ? '' : t('pin.triesLeft', { count: pinState.triesLeft });
  }
}
