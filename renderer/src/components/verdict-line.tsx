import type { DocumentVerdict, DocumentVerification } from '../../../core/contract/schemas/verification.ts';
import { describeVerdict } from '../format/verification.ts';
import styles from './verification.module.css';

export const verdictIcons = {
  passed: '✓',
  indeterminate: '▲',
  failed: '✕',
  'no-signature': '○',
} as const satisfies Record<DocumentVerdict, string>;

export const verdictLooks = {
  passed: 'good',
  indeterminate: 'warn',
  failed: 'bad',
  'no-signature': 'plain',
} as const satisfies Record<DocumentVerdict, string>;

/** The verdict as one line, told by its words and its sign and not by colour alone. */
export function VerdictLine({
  verification,
  isPast = false,
}: Readonly<{ verification: DocumentVerification; isPast?: boolean }>) {
  const { verdict } = verification;
  return (
    <p className={styles['line']}>
      <span className={styles[verdictLooks[verdict]]} aria-hidden="true">
        {verdictIcons[verdict]}
      </span>
      <span>{describeVerdict(verification, isPast)}</span>
    </p>
  );
}
