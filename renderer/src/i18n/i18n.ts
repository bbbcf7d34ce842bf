import { createInstance } from 'i18next';
import type { ErrorMessage } from '../../../core/contract/errors.ts';
import type { Problem } from '../../../core/contract/schemas/attention.ts';
import { codeLists } from './code-lists.ts';
import { errorSentences } from './error-sentences.ts';
import { es } from './es.ts';
import { problemSentences } from './problem-sentences.ts';

export type Resources = { ui: typeof es };

const i18n = createInstance();
void i18n.init({
  lng: 'es',
  fallbackLng: false,
  defaultNS: 'ui',
  initAsync: false,
  interpolation: { escapeValue: false },
  resources: { es: { ui: es } },
});

/** A sentence of the window, by its typed key. */
export const t = i18n.t;

/** Spanish text of a code value. */
export const codes = codeLists;

/** The sentence for an error, with the tries left where it says them. */
export function errorSentence(error: Pick<ErrorMessage, 'code' | 'details'>): string {
  const { triesLeft } = error.details;
  const tries = typeof triesLeft === 'number' ? t('pin.triesLeft', { count: triesLeft }) : '';
  return fill(errorSentences[error.code], { ...error.details, tries })
    .replaceAll(/\s{2,}/gu, ' ')
    .trim();
}

export function problemSentence(problem: Pick<Problem, 'code' | 'details'>): string {
  return fill(problemSentences[problem.code], problem.details);
}

export function documentTypeName(code: string): string {
  return Object.entries(codeLists.documentType).find(([known]) => known === code)?.[1] ?? code;
}

// Codes carry dots, which i18next takes for levels of a tree.
function fill(sentence: string, values: Readonly<Record<string, string | number | boolean>>): string {
  return sentence.replaceAll(/\{\{(?<name>\w+)\}\}/gu, (_match, name: string) => String(values[name] ?? ''));
}
