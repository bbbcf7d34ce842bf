import type { BroughtFile } from '../../../core/contract/schemas/verification.ts';
import { t } from '../i18n/i18n.ts';
import { mediaTypeNames } from '../i18n/verification-sentences.ts';
import { BlobImage } from './blob-image.tsx';
import { PdfView } from './pdf-view.tsx';
import styles from './verification.module.css';

const shownImages: readonly BroughtFile['mediaType'][] = ['image/png', 'image/jpeg'];

export function isShowable(mediaType: BroughtFile['mediaType']): boolean {
  return mediaType === 'application/pdf' || shownImages.includes(mediaType);
}

/** PDF and images; what this window does not know how to show is named. */
export function FileView({
  title,
  file,
}: Readonly<{ title: string; file: Pick<BroughtFile, 'mediaType' | 'sha256'> | null }>) {
  if (file === null) return null;
  const { mediaType, sha256 } = file;
  if (mediaType === 'application/pdf') return <PdfView key={sha256} digest={sha256} title={title} />;
  if (shownImages.includes(mediaType)) return <BlobImage digest={sha256} alt={title} className={styles['image']} />;
  return <p className={styles['soft']}>{t('brought.cannotShow', { type: mediaTypeNames[mediaType] })}</p>;
}
