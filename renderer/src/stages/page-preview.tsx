import { Keyboard } from 'react-aria-components/Keyboard';
import { Menu, MenuItem, MenuTrigger } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';
import { Text } from 'react-aria-components/Text';
import { BlobImage } from '../components/blob-image.tsx';
import { Button } from '../components/button.tsx';
import controls from '../components/controls.module.css';
import { t } from '../i18n/i18n.ts';
import { describeFlags } from './page-flags.ts';
import { describeOperations, describePaper } from './page-operations.ts';
import type { PlacedPage } from './paper-moves.ts';
import styles from './papers.module.css';

export type PageActions = Readonly<{
  move: (direction: 'earlier' | 'later') => void;
  moveAcross: (direction: 'earlier' | 'later') => void;
  canMoveAcross: (direction: 'earlier' | 'later') => boolean;
  split: () => void;
  remove: () => void;
  rescan: () => void;
  isScanning: boolean;
}>;

/** The chosen page as large as the window allows, with what was done to it. */
export function PagePreview({ placed, actions }: Readonly<{ placed: PlacedPage | null; actions: PageActions }>) {
  if (placed === null) return <p className={styles['soft']}>{t('papers.choose')}</p>;
  const { page, document, number } = placed;
  const label = t('papers.pageOf', { number, title: document.title });
  const flags = describeFlags(page);
  return (
    <section className={styles['preview']} aria-label={label}>
      <div>
        <h2>{label}</h2>
        <p className={styles['soft']}>
          {describeOperations(page)} · {describePaper(page)}
        </p>
        {flags === '' ? null : <p className={styles['flag']}>▲ {flags}</p>}
      </div>
      <div className={styles['hold']}>
        <BlobImage
          digest={page.copyPreview}
          alt={label}
          className={styles['big']}
          width={page.widthPixels}
          height={page.heightPixels}
        />
      </div>
      <div className={styles['actions']}>
        <Button isSmall onPress={actions.rescan} isDisabled={actions.isScanning}>
          {t('papers.rescan')}
        </Button>
        <Button isSmall shortcut="Supr" onPress={actions.remove}>
          {t('papers.remove')}
        </Button>
        <MenuTrigger>
          <Button isSmall>
            {t('papers.moreActions')} <span aria-hidden="true">▾</span>
          </Button>
          <Popover className={controls['popover'] ?? ''}>
            <Menu
              aria-label={t('papers.moreActions')}
              onAction={(key) => {
                if (key === 'split') actions.split();
                else if (key === 'earlier' || key === 'later') actions.move(key);
                else actions.moveAcross(key === 'previous' ? 'earlier' : 'later');
              }}
              disabledKeys={[
                ...(number === 1 ? ['split'] : []),
                ...(actions.canMoveAcross('earlier') ? [] : ['previous']),
                ...(actions.canMoveAcross('later') ? [] : ['next']),
              ]}
            >
              <MenuItem id="earlier" className={controls['listItem'] ?? ''} textValue={t('papers.earlier')}>
                <Text slot="label">{t('papers.earlier')}</Text>{' '}
                <Keyboard className={controls['key'] ?? ''}>Alt ←</Keyboard>
              </MenuItem>
              <MenuItem id="later" className={controls['listItem'] ?? ''} textValue={t('papers.later')}>
                <Text slot="label">{t('papers.later')}</Text>{' '}
                <Keyboard className={controls['key'] ?? ''}>Alt →</Keyboard>
              </MenuItem>
              <MenuItem id="split" className={controls['listItem'] ?? ''}>
                {t('papers.split')}
              </MenuItem>
              <MenuItem id="previous" className={controls['listItem'] ?? ''}>
                {t('papers.toPrevious')}
              </MenuItem>
              <MenuItem id="next" className={controls['listItem'] ?? ''}>
                {t('papers.toNext')}
              </MenuItem>
            </Menu>
          </Popover>
        </MenuTrigger>
      </div>
    </section>
  );
}
