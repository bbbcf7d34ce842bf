import type { CardReader } from '../../services/ports/card.ts';
import type { BridgeReader, CardWatch } from './card-messages.ts';
import { isOwnCard } from './card-modules.ts';

export type ModuleReaders = Readonly<{ watch: CardWatch; readers: readonly BridgeReader[] }>;

/**
 * One list out of what several modules see. A card that two modules can read is shown once: by the module that its
 * answer to reset names, else by the first that reads it. `readerId` gets the module's place in front.
 */
export function mergeReaders(modules: readonly ModuleReaders[]): CardReader[] {
  const owners = new Map<string, number>();
  modules.forEach(({ watch, readers }, index) => {
    if (watch !== 'readers') return;
    for (const reader of readers) {
      const owner = owners.get(reader.readerName);
      const former =
        owner === undefined
          ? undefined
          : modules[owner]?.readers.find(({ readerName }) => readerName === reader.readerName);
      if (former === undefined || rank(reader) > rank(former)) owners.set(reader.readerName, index);
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

function rank(reader: BridgeReader): number {
  const isOwn = isOwnCard(reader.moduleName, reader.answerToReset) ? 1 : 0;
  return (reader.state === 'present' ? 2 : 0) + isOwn;
}
