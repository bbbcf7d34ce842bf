import type { QualifiedDevice } from '../../../core/contract/schemas/qualification.ts';
import { t } from '../i18n/i18n.ts';

/** A scanner that was checked: by its serial number, or by where it was connected when nothing else tells it from its twin. */
export function nameDevice({ maker, model, serial, connection }: QualifiedDevice): string {
  const name = `${maker} ${model}`.trim();
  if (serial !== null) return t('scannerCheck.deviceWithSerial', { name, serial });
  return connection === null ? name : t('scannerCheck.deviceAtPlace', { name, connection });
}
