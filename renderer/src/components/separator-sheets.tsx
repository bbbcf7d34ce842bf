import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useBridge } from '../bridge/bridge-context.tsx';
import { codes, t } from '../i18n/i18n.ts';
import { toAppError } from '../state/to-app-error.ts';
import { Button } from './button.tsx';
import controls from './controls.module.css';
import { ModalDialog } from './dialogs.tsx';
import { optionsOf, SelectField } from './fields.tsx';
import { ErrorNotice } from './notices.tsx';
import { PrintControl } from './print-control.tsx';

/** Prints the sheets that part a stack into documents, of a type or of any. */
export function SeparatorSheets() {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Button isSmall onPress={() => setIsOpen(true)}>
        {t('separators.open')}
      </Button>
      <ModalDialog title={t('separators.title')} isOpen={isOpen} onClose={() => setIsOpen(false)}>
        <SeparatorSheet onClose={() => setIsOpen(false)} />
      </ModalDialog>
    </>
  );
}

function SeparatorSheet({ onClose }: Readonly<{ onClose: () => void }>) {
  const bridge = useBridge();
  const [type, setType] = useState('');
  const sheet = useQuery({
    queryKey: ['separatorSheet', type],
    queryFn: () => bridge.call('separators.makeSheet', { documentType: type === '' ? null : type }),
    staleTime: Infinity,
  });
  return (
    <>
      <p>{t('separators.hint')}</p>
      <SelectField
        label={t('separators.type')}
        value={type}
        options={[{ value: '', text: t('separators.anyType') }, ...optionsOf<string>(codes.documentType)]}
        onChange={setType}
      />
      <ErrorNotice error={toAppError(sheet.error)} />
      <PrintControl
        key={type}
        kind="primary"
        hasShortcut={false}
        items={[{ label: t('separators.print'), digest: sheet.data?.digest ?? null }]}
        doneText={t('separators.printed')}
      />
      <div className={controls['buttonRow']}>
        <Button onPress={onClose}>{t('common.close')}</Button>
      </div>
    </>
  );
}
