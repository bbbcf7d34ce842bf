import { useState } from 'react';
import type { CardCandidate, DeskStatus } from '../../../core/contract/schemas/desk.ts';

/** Changes with every card that comes or goes, also when one follows another before the window has seen the reader empty. */
export function cardsThere({ card }: Pick<DeskStatus, 'card'>): string {
  return card.readers.map(({ readerId, state, tokenSerial }) => `${readerId}:${state}:${tokenSerial ?? ''}`).join('|');
}

export function candidateKey(candidate: Pick<CardCandidate, 'readerId' | 'certificateId'>): string {
  return `${candidate.readerId} ${candidate.certificateId}`;
}

/** What the officer chose while it is there; otherwise the only certificate that can be used, or the first of several. */
export function preferCandidate(candidates: readonly CardCandidate[], chosenKey: string | null): CardCandidate | null {
  const usable = candidates.filter((candidate) => candidate.refusal === null);
  return usable.find((candidate) => candidateKey(candidate) === chosenKey) ?? usable[0] ?? null;
}

export function usePreferredCandidate(
  candidates: readonly CardCandidate[],
): [CardCandidate | null, (candidate: CardCandidate) => void] {
  const [chosenKey, setChosenKey] = useState<string | null>(null);
  return [preferCandidate(candidates, chosenKey), (candidate) => setChosenKey(candidateKey(candidate))];
}
