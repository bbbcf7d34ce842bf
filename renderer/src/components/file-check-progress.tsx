import { useBridge } from '../bridge/bridge-context.tsx';
import { t } from '../i18n/i18n.ts';
import { removeCheck } from '../state/file-checks.ts';
import type { FileCheck } from '../state/file-checks.ts';
import { ErrorNotice, ProgressNotice } from './notices.tsx';

/** What is being done with a chosen file, and how it failed; it can be left at any moment. */
export function FileCheckProgress({ check }: Readonly<{ check: FileCheck }>) {
  const bridge = useBridge();
  const { id, name, state, progress, error } = check;
  if (state === 'failed' || error !== null) return <ErrorNotice error={error} />;
  if (state === 'done') return null;
  const text =
    state === 'waiting'
      ? t('brought.waiting')
      : t(state === 'reading' ? 'brought.reading' : 'brought.verifying', { name });
  return (
    <ProgressNotice
      text={text}
      label={name}
      share={state === 'reading' ? Math.round(progress * 100) : null}
      onCancel={() => removeCheck(bridge, id)}
    />
  );
}
