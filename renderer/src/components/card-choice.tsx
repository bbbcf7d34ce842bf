import type { CardCandidate } from '../../../core/contract/schemas/desk.ts';
import { formatDate } from '../format/format.ts';
import { codes, t } from '../i18n/i18n.ts';
import { candidateKey } from '../state/candidates.ts';
import { RadioChoice } from './radio-choice.tsx';

type CardChoiceProps = Readonly<{
  label: string;
  candidates: readonly CardCandidate[];
  chosen: CardCandidate | null;
  onChoose: (candidate: CardCandidate) => void;
}>;

/** The certificates in the readers; those that cannot be used say why. */
export function CardChoice({ label, candidates, chosen, onChoose }: CardChoiceProps) {
  return (
    <RadioChoice
      look="cards"
      label={label}
      value={chosen === null ? null : candidateKey(chosen)}
      choices={candidates.map((candidate) => ({
        value: candidateKey(candidate),
        text: candidate.holderName,
        isDisabled: candidate.refusal !== null,
        hint: candidate.refusal === null ? describe(candidate) : codes.cardRefusal[candidate.refusal],
      }))}
      onChange={(key) => {
        const candidate = candidates.find((known) => candidateKey(known) === key);
        if (candidate !== undefined) onChoose(candidate);
      }}
    />
  );
}

function describe(candidate: CardCandidate): string {
  const expiry = t('signIn.expires', { date: formatDate(candidate.notAfter) });
  return `${candidate.holderIdentifier} · ${codes.cardKind[candidate.kind]} · ${candidate.issuerName} · ${expiry}`;
}
