import type { CardReader } from '../../services/ports/card.ts';
import type { BridgeReader, CardWatch } from './card-messages.ts';
import { isOwnCard } from './card-modules.ts';

export type ModuleReaders = Readonly<{
  watch: CardWatch;
  readers: readonly BridgeReader[];
  /** Cards that the administrator gives to this module, by their answer to reset; null: those of the table. */
  ownCards: readonly string[] | null;
}>;

/**
 * One list out of what several modules see. A card that two modules can read is shown once: by one that finds a
 * certificate on it rather than by one that only claims it; then by the module that its answer to reset names, else by
 * the first that reads it. `readerId` gets the module's place in front.
 */
export function mergeReaders(modules: readonly ModuleReaders[]): CardReader[] {
  const owners = new Map<string, number>();
  const ranks = new Map<string, number>();
  modules.forEach(({ watch, readers, ownCards }, index) => {
    if (watch !== 'readers') return;
    for (const reader of readers) {
      const rank = rankOf(reader, ownCards);
      if (rank <= (ranks.get(reader.readerName) ?? -1)) continue;
      ranks.set(reader.readerName, rank);
      owners.set(reader.readerName, index);
    }
  });
  const merged: CardReader[] = [];
  const softTokens = new Set<string>();
  modules.forEach(({ watch, readers }, index) => {
    for (const { answerToReset: _, ...reader } of readers) {
      if (watch === 'readers' && owners.get(reader.readerName) !== index) continue;
      const identity = `${reader.token?.serial ?? ''}/${reader.token?.label ?? ''}`;
      if (watch === 'poll' && softTokens.has(identity)) continue;
      if (watch === 'poll') softTokens.add(identity);
      merged.push({ ...reader, readerId: `${index}.${reader.readerId}` });
    }
  });
  return merged;
}

/** Undoes the prefix: which module, and its own name for the reader. */
export function splitReaderId(readerId: string): { moduleIndex: number; ownId: string } | null {
  const [, index, ownId] = /^(\d{1,3})\.(.+)$/su.exec(readerId) ?? [];
  return index === undefined || ownId === undefined ? null : { moduleIndex: Number(index), ownId };
}

function rankOf(reader: BridgeReader, ownCards: readonly string[] | null): number {
  const isOwn =
    ownCards === null ? isOwnCard(reader.moduleName, reader.answerToReset) : matches(ownCards, reader.answerToReset);
  const canServe = (reader.token?.certificates.length ?? 0) > 0;
  return (canServe ? 4 : 0) + (reader.state === 'present' ? 2 : 0) + (isOwn ? 1 : 0);
}

function matches(patterns: readonly string[], answerToReset: string): boolean {
  return patterns.some((pattern) => new RegExp(pattern, 'u').test(answerToReset));
}
