import type { BroughtFile, StagedFile } from '../../../core/contract/schemas/verification.ts';
import { formatBytes } from '../format/verification.ts';
import { t } from '../i18n/i18n.ts';
import { mediaTypeNames } from '../i18n/verification-sentences.ts';
import styles from './verification.module.css';

type FileFactsProps = Readonly<{
  file: Pick<StagedFile | BroughtFile, 'mediaType' | 'byteLength' | 'isEncrypted' | 'hasScripts'>;
  signatureName: string | null;
}>;

/** What the file is by its content, how large, and what came with it. */
export function FileFacts({ file, signatureName }: FileFactsProps) {
  const { mediaType, byteLength, isEncrypted, hasScripts } = file;
  const type = mediaType === null ? t('brought.unknownType') : mediaTypeNames[mediaType];
  return (
    <p className={styles['soft']}>
      {[
        `${t('brought.type', { type, size: formatBytes(byteLength) })}.`,
        signatureName === null ? '' : `${t('brought.withSignature', { name: signatureName })}.`,
        isEncrypted ? t('brought.encrypted') : '',
        hasScripts ? t('brought.scripts') : '',
      ]
        .filter((part) => part !== '')
        .join(' ')}
    </p>
  );
}
