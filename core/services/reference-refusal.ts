import { z } from 'zod';
import { instantSchema } from '../contract/schemas/common.ts';
import { referenceRefusalReasonSchema } from '../contract/schemas/reference.ts';
import type { DeskStore } from './ports/store.ts';

const settingName = 'reference.refused';

const refusedReferenceSchema = z.strictObject({
  version: z.int().positive(),
  reason: referenceRefusalReasonSchema,
  at: instantSchema,
});

export type RefusedReference = z.infer<typeof refusedReferenceSchema>;

/** Reference data that came and were not taken, until newer ones are. */
export function findRefusedReference(store: Pick<DeskStore, 'findSetting' | 'getReference'>): RefusedReference | null {
  const setting = store.findSetting(settingName);
  if (setting === null) return null;
  const refused = refusedReferenceSchema.parse(JSON.parse(setting));
  return refused.version > (store.getReference()?.version ?? 0) ? refused : null;
}

export function putRefusedReference(store: Pick<DeskStore, 'putSetting'>, refused: RefusedReference): void {
  store.putSetting(settingName, JSON.stringify(refused));
}
