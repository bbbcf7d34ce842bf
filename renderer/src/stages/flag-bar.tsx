import type { PageView } from '../../../core/contract/schemas/attention.ts';
import type { FlagAnswer } from '../../../core/contract/schemas/page-flag.ts';
import { answersOf } from '../../../core/contract/page-flags.ts';
import { Button } from '../components/button.tsx';
import { codes, t } from '../i18n/i18n.ts';
import { useShortcuts } from '../state/use-shortcuts.ts';
import styles from './collation.module.css';
import { flagSentence, hasOpenFlag } from './page-flags.ts';

type FlagBarProps = Readonly<{
  page: PageView;
  /** The flag being looked at. */
  chosen: number | null;
  onNext: () => void;
  onAnswer: (flag: number, answer: FlagAnswer) => void;
}>;

/** What the machine points out on a page: one thing after another, each with the answers that it may have. */
export function FlagBar({ page, chosen, onNext, onAnswer }: FlagBarProps) {
  const { flags } = page;
  const flag = chosen === null ? undefined : flags[chosen];
  const answers = flag === undefined ? [] : answersOf(flag.kind);
  const give = (index: number) => () => {
    const answer = answers[index];
    if (chosen !== null && answer !== undefined) onAnswer(chosen, answer);
  };
  useShortcuts({ n: onNext, N: onNext, 1: give(0), 2: give(1), 3: give(2), 4: give(3) });
  const isOpen = hasOpenFlag(page);
  return (
    <section
      aria-label={t('collation.flags')}
      className={`${styles['flags'] ?? ''} ${flags.length > 0 ? (styles['roomy'] ?? '') : ''} ${isOpen ? (styles['open'] ?? '') : ''}`}
    >
      <p role="status" className={styles['grow']}>
        {flag === undefined || chosen === null ? (
          <FlagSummary page={page} />
        ) : (
          <>
            <b>{t('collation.flagOf', { number: chosen + 1, count: flags.length })}</b> {flagSentence(flag, page)}
            {flag.answer === null ? null : <> {t('collation.answered', { answer: codes.flagAnswer[flag.answer] })}</>}
          </>
        )}
      </p>
      {answers.map((answer, index) => (
        <Button
          key={answer}
          isSmall
          kind={flag?.answer === answer ? 'primary' : 'normal'}
          shortcut={String(index + 1)}
          onPress={give(index)}
        >
          {codes.flagAnswer[answer]}
        </Button>
      ))}
      {flags.length === 0 ? null : (
        <Button isSmall shortcut="N" onPress={onNext}>
          {t('collation.seeFlags')}
        </Button>
      )}
    </section>
  );
}

function FlagSummary({ page }: Readonly<{ page: PageView }>) {
  const count = page.flags.length;
  if (count === 0) return t('collation.noFlags');
  if (hasOpenFlag(page)) return <>▲ {t('collation.flagCount', { count })}</>;
  return t('collation.flagsAnswered');
}
