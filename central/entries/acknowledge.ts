import { acknowledgementSigningText } from '../../core/contract/sync-protocol.ts';
import type { Acknowledgement } from '../../core/contract/sync-protocol.ts';
import { formatOfficialInstant } from '../../core/domain/official-time.ts';
import type { CentreContext } from '../context.ts';

export type StoredEntry = Readonly<{ sequence: number; hash: string; acceptedAt: Date; reasons: readonly string[] }>;

/** The centre's signed word on an entry that is committed; the same however often it is asked for. */
export function acknowledge({ key }: CentreContext, seriesId: string, entry: StoredEntry): Acknowledgement {
  const { sequence, hash, acceptedAt, reasons } = entry;
  const acknowledgement = { seriesId, sequence, hash, acknowledgedAt: formatOfficialInstant(acceptedAt) };
  return {
    ...acknowledgement,
    quarantineReasons: [...reasons],
    signature: key.sign(acknowledgementSigningText(acknowledgement)),
  };
}
