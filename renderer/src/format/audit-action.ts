import { t } from '../i18n/i18n.ts';

// The audit chain's own names, longest match first; a name of a later version reads as an action, never in English.
const sentences: readonly (readonly [pattern: RegExp, sentence: () => string])[] = [
  [/verif/iu, () => t('records.actions.verified')],
  [/brought/iu, () => t('records.actions.brought')],
  [/receipt/iu, () => t('records.actions.receipted')],
  [/evidenceProblem/iu, () => t('records.actions.evidenceProblem')],
  [/version|evidence|completed/iu, () => t('records.actions.versionAdded')],
  [/sealed/iu, () => t('records.actions.sealed')],
  [/deliver|finish/iu, () => t('records.actions.delivered')],
  [/consult/iu, () => t('records.actions.consulted')],
  [/annul/iu, () => t('records.actions.annulled')],
  [/rectif/iu, () => t('records.actions.rectified')],
  [/export/iu, () => t('records.actions.exported')],
  [/consent/iu, () => t('records.actions.consent')],
  [/collat/iu, () => t('records.actions.collated')],
  [/scan|page/iu, () => t('records.actions.scanned')],
  [/sign/iu, () => t('records.actions.signed')],
  [/print/iu, () => t('records.actions.printed')],
  [/sync|sent|acknowledg/iu, () => t('records.actions.sent')],
  [/number/iu, () => t('records.actions.numbered')],
  [/regist|record/iu, () => t('records.actions.registered')],
  [/open/iu, () => t('records.actions.opened')],
];

export function describeAction(action: string): string {
  // «record.registered»: what was done is after the last dot, where there is one.
  const name = action.split('.').at(-1) ?? action;
  const found =
    sentences.find(([pattern]) => pattern.test(name)) ?? sentences.find(([pattern]) => pattern.test(action));
  return found === undefined ? t('records.actions.other') : found[1]();
}
