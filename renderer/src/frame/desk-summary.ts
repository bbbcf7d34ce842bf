import type { ErrorCode } from '../../../core/contract/errors.ts';
import type { DeskStatus } from '../../../core/contract/schemas/desk.ts';
import { formatDate } from '../format/format.ts';
import { codes, errorSentence, t } from '../i18n/i18n.ts';
import { describeRefusedCatalogues, describeUncheckedCatalogues } from './catalogues.ts';
import { standingSentences } from '../i18n/qualification-sentences.ts';

export type Sign = 'ok' | 'attention' | 'failed' | 'idle';
export type Summary = Readonly<{ sign: Sign; text: string }>;

export function cardSummary({ card, session }: DeskStatus): Summary {
  const { pinState } = card;
  if (card.state !== 'present')
    return { sign: card.state === 'empty' ? 'idle' : 'failed', text: codes.cardState[card.state] };
  const holder =
    session.officer === null
      ? (card.readers.find((reader) => reader.state === 'present')?.tokenLabel ?? '')
      : session.officer.fullName;
  const pin =
    pinState === null
      ? ''
      : pinState.level === 'locked'
        ? t('desk.pinLocked')
        : pinState.triesLeft === null
          ? ''
          : t('desk.pin', { count: pinState.triesLeft });
  const text = [holder, pin].filter((part) => part !== '').join(' · ');
  const isFine = pinState === null || pinState.level === 'ok';
  return {
    sign: isFine ? 'ok' : pinState.level === 'locked' ? 'failed' : 'attention',
    text: text === '' ? codes.cardState.present : text,
  };
}

export function scannerSummary({ scanner }: DeskStatus): Summary {
  const sign =
    scanner.state === 'failed' ? 'failed' : scanner.state === 'ready' || scanner.state === 'scanning' ? 'ok' : 'idle';
  const text = codes.scannerState[scanner.state];
  if (scanner.qualification?.standing === 'failed')
    return { sign: sign === 'failed' ? sign : 'attention', text: t('desk.scannerNotFit', { state: text }) };
  return { sign, text };
}

export function sealSummary({ seal }: DeskStatus): Summary {
  return { sign: seal.state === 'unlocked' ? 'ok' : 'idle', text: codes.sealState[seal.state] };
}

export function lineSummary({ line }: DeskStatus): Summary {
  const pending = line.pendingRecords + line.pendingBlobs;
  const queue = pending === 0 ? t('desk.queueEmpty') : t('desk.queue', { count: pending });
  const sign =
    line.state === 'halted'
      ? 'failed'
      : line.state === 'offline'
        ? 'attention'
        : line.state === 'online'
          ? 'ok'
          : 'idle';
  const parts = [codes.lineState[line.state], ...(line.isMetered ? [t('line.meteredBar')] : []), queue];
  return { sign, text: parts.join(' · ') };
}

export function backupSummary({ backup }: DeskStatus): Summary {
  const isFine = backup.problem === null && !backup.isOverdue;
  return {
    sign: !isFine ? 'attention' : backup.lastAt === null ? 'idle' : 'ok',
    text: backup.lastAt === null ? t('backup.none') : formatDate(backup.lastAt),
  };
}

/** What deserves the officer's look, as sentences with a next step. */
export function listNotices(status: DeskStatus): readonly string[] {
  const problems: ErrorCode[] = [];
  if (status.textRecognition.problem !== null) problems.push(status.textRecognition.problem);
  if (status.scanner.problem !== null) problems.push(status.scanner.problem);
  if (status.line.problem !== null) problems.push(status.line.problem);
  if (status.clock.jumpedFrom !== null) problems.push('clock.jumpedForward');
  if (status.backup.problem !== null) problems.push(status.backup.problem);
  if (status.card.state === 'failed') problems.push('card.failed');
  if (status.card.pinState?.level === 'lastTry') problems.push('card.pinLastTry');
  if (status.card.pinState?.level === 'locked') problems.push('card.pinLocked');
  if (status.session.state === 'signedIn' && status.seal.state === 'locked') problems.push('seal.locked');
  const sentences = [...new Set(problems)].map((code) => errorSentence({ code, details: {} }));
  sentences.push(
    ...[describeRefusedCatalogues(status), describeUncheckedCatalogues(status)].filter((text) => text !== null),
  );
  if (status.backup.isOverdue) sentences.push(t('backup.overdue'));
  if (status.recovery !== null && status.recovery.entriesAt === null) sentences.unshift(t('recovery.entriesPending'));
  if (status.recovery !== null && status.recovery.lostNumbers + status.recovery.lostFiles > 0)
    sentences.push(t('recovery.lostNotice'));
  if (status.disk === 'full') sentences.unshift(t('desk.diskFull'));
  if (status.disk === 'low') sentences.unshift(t('desk.diskLow'));
  if (status.numbering === 'emergency') sentences.unshift(t('desk.emergencyBook'));
  if (status.numbering === 'none' && status.recovery?.entriesAt !== null) sentences.unshift(t('desk.noSeries'));
  const standing = standingSentences[status.scanner.qualification?.standing ?? 'passed'];
  return standing === null ? sentences : [...sentences, standing];
}
