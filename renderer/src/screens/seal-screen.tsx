import { ScreenHeading } from '../components/screen-heading.tsx';
import { SealForm } from '../components/seal-form.tsx';
import { Button } from '../components/button.tsx';
import { t } from '../i18n/i18n.ts';
import { useView } from '../state/view-store.ts';
import { useShortcuts } from '../state/use-shortcuts.ts';
import styles from './screens.module.css';

/** After sign-in, once: whoever may, opens the organ's seal. It can wait. */
export function SealScreen() {
  const postponeSeal = useView((view) => view.postponeSeal);
  useShortcuts({ Escape: () => postponeSeal(true) });
  return (
    <main className={styles['centre']}>
      <div className={styles['card']}>
        <ScreenHeading>{t('seal.title')}</ScreenHeading>
        <p className={styles['soft']}>{t('seal.intro')}</p>
        <SealForm>
          <Button shortcut="Esc" onPress={() => postponeSeal(true)}>
            {t('seal.later')}
          </Button>
        </SealForm>
        <p className={styles['soft']}>{t('seal.laterHint')}</p>
      </div>
    </main>
  );
}
