import { Button } from '../components/button.tsx';
import { t } from '../i18n/i18n.ts';
import styles from './screens.module.css';

/** The services went away: nothing shown as done is lost, and there is one thing to do. */
export function ConnectionLost({ onReopen }: Readonly<{ onReopen: (() => void) | null }>) {
  return (
    <main className={styles['alone']}>
      <div className={styles['card']} role="alert">
        <h1>{t('connection.lostTitle')}</h1>
        <p>
          {t('connection.lost')} {onReopen === null ? t('connection.restart') : t('connection.reopen')}
        </p>
        {onReopen === null ? null : (
          <div className={styles['buttons']}>
            <Button kind="primary" onPress={onReopen}>
              {t('connection.reopenButton')}
            </Button>
          </div>
        )}
      </div>
    </main>
  );
}

export function NoToken() {
  return (
    <main className={styles['alone']}>
      <div className={styles['card']}>
        <h1>{t('connection.noTokenTitle')}</h1>
        <p>{t('connection.noToken')}</p>
      </div>
    </main>
  );
}
