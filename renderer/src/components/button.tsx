import { useState } from 'react';
import type { ReactNode, Ref } from 'react';
import { Button as AriaButton } from 'react-aria-components/Button';
import styles from './controls.module.css';

type ButtonProps = Readonly<{
  children: ReactNode;
  onPress?: () => void;
  kind?: 'normal' | 'primary' | 'quiet' | 'danger';
  /** Shown on the button; not part of its name. */
  shortcut?: string;
  type?: 'button' | 'submit';
  isSmall?: boolean;
  isDisabled?: boolean;
  isPending?: boolean;
  label?: string;
  describedBy?: string;
  ref?: Ref<HTMLButtonElement>;
}>;

export function Button({
  children,
  onPress,
  kind = 'normal',
  shortcut,
  type = 'button',
  isSmall = false,
  isDisabled = false,
  isPending = false,
  label,
  describedBy,
  ref,
}: ButtonProps) {
  const [isFocused, setIsFocused] = useState(false);
  // Disabled for good when the focus leaves it: until then it would be lost, and Enter is the next step of the stage.
  const isHeld = isDisabled && isFocused;
  const look = kind === 'normal' ? styles['button'] : styles[kind];
  return (
    <AriaButton
      type={isHeld ? 'button' : type}
      className={`${look ?? ''} ${isSmall ? (styles['small'] ?? '') : ''}`}
      isDisabled={isDisabled && !isFocused}
      onFocusChange={setIsFocused}
      // Not react-aria's isPending: it announces an element that is not there. A second press does nothing (use-action.ts).
      data-pending={isPending || undefined}
      {...(isHeld ? { 'aria-disabled': true } : {})}
      {...(ref === undefined ? {} : { ref })}
      {...(onPress === undefined || isHeld ? {} : { onPress: () => onPress() })}
      {...(label === undefined ? {} : { 'aria-label': label })}
      {...(describedBy === undefined ? {} : { 'aria-describedby': describedBy })}
    >
      <span>{children}</span>
      {shortcut === undefined ? null : (
        <kbd className={styles['key']} aria-hidden="true">
          {shortcut}
        </kbd>
      )}
    </AriaButton>
  );
}
