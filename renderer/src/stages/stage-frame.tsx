import type { ReactNode } from 'react';
import type { Problem } from '../../../core/contract/schemas/attention.ts';
import { Button } from '../components/button.tsx';
import { ErrorNotice } from '../components/notices.tsx';
import { ScreenHeading } from '../components/screen-heading.tsx';
import { codes, problemSentence, t } from '../i18n/i18n.ts';
import { useShortcuts } from '../state/use-shortcuts.ts';
import { useAttentionWork } from './attention-context.tsx';
import styles from './attention.module.css';
import { describeField } from './describe-field.ts';
import { nextStageOf } from './stage-order.ts';

type StageFrameProps = Readonly<{
  children: ReactNode;
  /** Less margin where pages need the room. */
  isTight?: boolean;
  /** Beside the name of the stage. */
  beside?: ReactNode;
  /** Said instead of naming each page that is missing. */
  progress?: string;
  /** Other buttons beside the next step. */
  actions?: ReactNode;
  /** The next step, where it is not «go to the next stage». */
  primary?: ReactNode;
  /** False: something in the stage is the next step, and going on is a plain button. */
  isNextPrimary?: boolean;
}>;

/** A stage: its name, its work, and at the foot what is missing and the one next step. */
export function StageFrame({
  children,
  isTight = false,
  beside,
  progress,
  actions,
  primary,
  isNextPrimary = true,
}: StageFrameProps) {
  const { attention, missing, next, goTo } = useAttentionWork();
  const nextStage = nextStageOf(attention);
  const canGoOn = primary === undefined && nextStage !== null && nextStage !== 'person';
  useShortcuts({ Enter: next }, canGoOn);
  return (
    <main className={styles['main']}>
      <div className={isTight ? styles['bodyTight'] : styles['body']}>
        <div className={styles['head']}>
          <ScreenHeading>{codes.stage[attention.stage]}</ScreenHeading>
          {beside}
        </div>
        {children}
      </div>
      <div className={styles['foot']} hidden={primary === null && missing.length === 0 && goTo.error === null}>
        <div className={styles['footText']}>
          <ErrorNotice error={goTo.error} />
          {progress === undefined ? null : <p role="status">{progress}</p>}
          <MissingList hidesPages={progress !== undefined} />
        </div>
        <div className={styles['footButtons']}>
          {actions}
          {canGoOn ? (
            <Button kind={isNextPrimary ? 'primary' : 'normal'} shortcut="⏎" onPress={next} isPending={goTo.isRunning}>
              {t(`attention.next.${nextStage}`)}
            </Button>
          ) : (
            primary
          )}
        </div>
      </div>
    </main>
  );
}

function MissingList({ hidesPages }: Readonly<{ hidesPages: boolean }>) {
  const { attention, missing, goToProblem } = useAttentionWork();
  const warnings = attention.problems.filter(
    (problem) =>
      problem.severity === 'warning' &&
      problem.stage === attention.stage &&
      problem.code !== 'electronicOnly' &&
      problem.code !== 'pageWarning',
  );
  return (
    <>
      <ProblemList
        title={t('attention.missing')}
        problems={missing.filter(({ code }) => !hidesPages || (code !== 'pageNotCollated' && code !== 'pageRejected'))}
        onChoose={goToProblem}
      />
      <ProblemList title={t('attention.warnings')} problems={warnings} onChoose={goToProblem} />
    </>
  );
}

type ProblemListProps = Readonly<{ title: string; problems: readonly Problem[]; onChoose: (problem: Problem) => void }>;

function ProblemList({ title, problems, onChoose }: ProblemListProps) {
  const { attention } = useAttentionWork();
  if (problems.length === 0) return null;
  return (
    <div className={styles['missing']}>
      <h2>{title}</h2>
      <ul aria-label={title}>
        {problems.map((problem) => (
          <li key={`${problem.field} ${problem.code} ${JSON.stringify(problem.details)}`}>
            <button type="button" className={styles['missingButton']} onClick={() => onChoose(problem)}>
              {describeProblem(problem, attention.stage, describeField(problem.field, attention))}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function describeProblem(problem: Problem, stage: Problem['stage'], field: string): string {
  const where = problem.stage === stage ? [] : [codes.stage[problem.stage]];
  const parts = [...where, field].filter((part) => part !== '');
  if (problem.code === 'required') return parts.join(' · ');
  return parts.length === 0 ? problemSentence(problem) : `${parts.join(' · ')}: ${problemSentence(problem)}`;
}
