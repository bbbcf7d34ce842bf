import { useState } from 'react';
import { Button as AriaButton } from 'react-aria-components/Button';
import { useBridge } from '../bridge/bridge-context.tsx';
import { Button } from '../components/button.tsx';
import { ModalDialog } from '../components/dialogs.tsx';
import controls from '../components/controls.module.css';
import { TextField } from '../components/fields.tsx';
import { ErrorNotice } from '../components/notices.tsx';
import { codes, t } from '../i18n/i18n.ts';
import { useAction } from '../state/use-action.ts';
import { useView } from '../state/view-store.ts';
import { useAttentionWork } from './attention-context.tsx';
import styles from './attention.module.css';

/** Done, current, open, not yet. One can go back, never skip what the law demands. */
export function StageList() {
  const { attention, goTo, saving, draftError } = useAttentionWork();
  const isRegistered = attention.recordId !== null;
  return (
    <nav className={styles['stages']} aria-label={t('attention.stages')}>
      <ol className={styles['stageList']}>
        {attention.stages.map(({ stage, state }) => (
          <li key={stage}>
            <AriaButton
              className={styles['stage'] ?? ''}
              isDisabled={state === 'blocked' || (isRegistered && state !== 'current')}
              {...(state === 'current' ? { 'aria-current': 'step' } : {})}
              onPress={() => (state === 'current' ? undefined : void goTo.run(stage))}
            >
              <span
                className={
                  state === 'done' ? styles['dotDone'] : state === 'current' ? styles['dotCurrent'] : styles['dot']
                }
                aria-hidden="true"
              />
              <span>
                {codes.stage[stage]}
                <span className={controls['hidden']}>, {t(`attention.state.${state}`)}</span>
              </span>
            </AriaButton>
          </li>
        ))}
      </ol>
      <div className={styles['stagesFoot']}>
        <p className={styles['saving']} role="status">
          {isRegistered
            ? ''
            : saving === 'saved'
              ? t('attention.saved')
              : saving === 'pending'
                ? t('attention.saving')
                : t('attention.notSaved')}
        </p>
        <ErrorNotice error={draftError} />
        {isRegistered ? null : <AbandonButton attentionId={attention.attentionId} />}
      </div>
    </nav>
  );
}

function AbandonButton({ attentionId }: Readonly<{ attentionId: string }>) {
  const bridge = useBridge();
  const [isOpen, setIsOpen] = useState(false);
  const [reason, setReason] = useState('');
  const reset = useView((view) => view.reset);
  const abandon = useAction(async () => {
    await bridge.call('attention.abandon', { attentionId, reason: reason.trim().slice(0, 200) });
    reset();
  });
  return (
    <>
      <Button kind="quiet" isSmall onPress={() => setIsOpen(true)}>
        {t('attention.abandon')}
      </Button>
      <ModalDialog title={t('attention.abandon')} isOpen={isOpen} onClose={() => setIsOpen(false)}>
        <form
          className={controls['dialogBody']}
          onSubmit={(event) => {
            event.preventDefault();
            if (reason.trim() !== '') void abandon.run();
          }}
        >
          <p>{t('attention.abandonIntro')}</p>
          <TextField label={t('attention.abandonReason')} value={reason} onChange={setReason} limit={200} />
          <ErrorNotice error={abandon.error} />
          <div className={controls['buttonRow']}>
            <Button kind="danger" type="submit" isDisabled={reason.trim() === ''} isPending={abandon.isRunning}>
              {t('attention.abandon')}
            </Button>
            <Button shortcut="Esc" onPress={() => setIsOpen(false)}>
              {t('common.cancel')}
            </Button>
          </div>
        </form>
      </ModalDialog>
    </>
  );
}
