import { useState } from 'react';
import type { DocumentVerification } from '../../../core/contract/schemas/verification.ts';
import { t } from '../i18n/i18n.ts';
import { Button } from './button.tsx';
import { ModalDialog } from './dialogs.tsx';
import { VerificationDetail } from './verification-detail.tsx';

type VerificationButtonProps = Readonly<{ title: string; verification: DocumentVerification; isSmall?: boolean }>;

/** «Ver la comprobación»: the whole of it in a dialog. */
export function VerificationButton({ title, verification, isSmall = true }: VerificationButtonProps) {
  const [isOpen, setIsOpen] = useState(false);
  const close = () => setIsOpen(false);
  return (
    <>
      <Button isSmall={isSmall} label={t('brought.checkOf', { title })} onPress={() => setIsOpen(true)}>
        {t('brought.check')}
      </Button>
      <ModalDialog title={t('brought.checkTitle', { title })} isOpen={isOpen} isWide onClose={close}>
        <VerificationDetail verification={verification} />
        <div>
          <Button shortcut="Esc" onPress={close}>
            {t('common.close')}
          </Button>
        </div>
      </ModalDialog>
    </>
  );
}
