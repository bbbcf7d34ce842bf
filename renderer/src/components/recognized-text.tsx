import { useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useBridge } from '../bridge/bridge-context.tsx';
import { t } from '../i18n/i18n.ts';
import { keys, useDesk } from '../state/queries.ts';
import { toAppError } from '../state/to-app-error.ts';
import { Button } from './button.tsx';
import controls from './controls.module.css';
import { ErrorNotice } from './notices.tsx';
import styles from './recognized-text.module.css';

type RecognizedTextProps = Readonly<{ recordId: string; documentId: string; title: string }>;

/** What a machine read on a scanned document, to be looked at and copied. */
export function RecognizedText({ recordId, documentId, title }: RecognizedTextProps) {
  const bridge = useBridge();
  const recognition = useDesk()?.status.textRecognition;
  const { data, error } = useQuery({
    queryKey: keys.recordText(recordId, documentId),
    queryFn: () => bridge.call('records.getText', { recordId, documentId }),
  });
  if (error !== null) return <ErrorNotice error={toAppError(error)} />;
  if (data === undefined) return <p role="status">{t('common.loading')}</p>;
  const isReading = recognition?.isOn === true && recognition.problem === null;
  if (data.state === 'pending')
    return <p role="status">{isReading ? t('recognizedText.pending') : t('recognizedText.notHere')}</p>;
  if (data.state === 'none') return <p>{t('recognizedText.none')}</p>;
  const text = data.pages
    .map(
      (page, index) =>
        `${t('recognizedText.page', { number: index + 1 })}\n\n${page ?? t('recognizedText.unreadable')}`,
    )
    .join('\n\n');
  return <ReadyText title={title} text={text} />;
}

function ReadyText({ title, text }: Readonly<{ title: string; text: string }>) {
  const field = useRef<HTMLTextAreaElement>(null);
  const [outcome, setOutcome] = useState<'copied' | 'selected' | null>(null);
  async function copy(): Promise<void> {
    // The selection stays where the window may not write the clipboard by itself.
    field.current?.focus();
    field.current?.select();
    try {
      await navigator.clipboard.writeText(text);
      setOutcome('copied');
    } catch {
      setOutcome('selected');
    }
  }
  return (
    <div className={styles['text']}>
      <h2>{t('recognizedText.of', { title })}</h2>
      <p className={controls['hint']}>{t('recognizedText.noAuthority')}</p>
      <div className={controls['buttonRow']}>
        <Button onPress={() => void copy()}>{t('recognizedText.copy')}</Button>
        <span role="status">{outcome === null ? '' : t(`recognizedText.${outcome}`)}</span>
      </div>
      <textarea
        ref={field}
        readOnly
        aria-label={t('recognizedText.of', { title })}
        value={text}
        lang="es"
        spellCheck={false}
      />
    </div>
  );
}
