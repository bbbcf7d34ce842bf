import { Menu, MenuItem, MenuTrigger } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';
import { useBridge } from '../bridge/bridge-context.tsx';
import { Button } from '../components/button.tsx';
import { t } from '../i18n/i18n.ts';
import { useView } from '../state/view-store.ts';
import styles from './frame.module.css';

export function SessionMenu({ officerName }: Readonly<{ officerName: string }>) {
  const bridge = useBridge();
  const goTo = useView((view) => view.goTo);
  return (
    <MenuTrigger>
      <Button kind="quiet" isSmall label={t('session.of', { name: officerName })}>
        {officerName} <span aria-hidden="true">▾</span>
      </Button>
      <Popover className={styles['menu'] ?? ''}>
        <Menu
          aria-label={t('session.of', { name: officerName })}
          onAction={(key) => {
            if (key === 'scanner') goTo({ kind: 'scanner' });
            else void bridge.call(key === 'lock' ? 'session.lock' : 'session.signOut', {}).catch(() => {});
          }}
        >
          <MenuItem id="scanner" className={styles['menuItem'] ?? ''}>
            {t('session.checkScanner')}
          </MenuItem>
          <MenuItem id="lock" className={styles['menuItem'] ?? ''}>
            {t('session.lock')}
          </MenuItem>
          <MenuItem id="signOut" className={styles['menuItem'] ?? ''}>
            {t('session.signOut')}
          </MenuItem>
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
