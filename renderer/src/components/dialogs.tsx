import type { ReactNode } from 'react';
import { Dialog, Heading } from 'react-aria-components/Dialog';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import styles from './controls.module.css';

type ModalDialogProps = Readonly<{
  title: string;
  isOpen: boolean;
  onClose: () => void;
  children: ReactNode;
  isWide?: boolean;
}>;

/** For what cannot wait: it interrupts, so it is rare. */
export function ModalDialog({ title, isOpen, onClose, children, isWide = false }: ModalDialogProps) {
  return (
    <ModalOverlay
      className={styles['veil'] ?? ''}
      isOpen={isOpen}
      isDismissable
      onOpenChange={(open) => (open ? undefined : onClose())}
    >
      <Modal>
        <Dialog className={(isWide ? styles['dialogWide'] : styles['dialog']) ?? ''}>
          <div className={styles['dialogBody']}>
            <Heading slot="title" level={2}>
              {title}
            </Heading>
            {children}
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
