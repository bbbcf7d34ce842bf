import { describe, expect, it } from 'vitest';
import { errorCodes } from '../../../core/contract/errors.ts';
import { problemCodeSchema } from '../../../core/contract/schemas/attention.ts';
import {
  admissionRefusalSchema,
  subIndicationSchema,
  verificationReasonSchema,
} from '../../../core/contract/schemas/verification.ts';
import { errorSentences } from './error-sentences.ts';
import { errorSentence, problemSentence } from './i18n.ts';
import { reasonSentences, refusalSentences, subIndicationSentences } from './verification-sentences.ts';

describe('the sentence of each error', () => {
  it.each(errorCodes)('%s says what happened and what to do, without holes', (code) => {
    const sentence = errorSentence({ code, details: {} });
    expect(sentence).toMatch(/^[A-ZÁÉÍÓÚÑ].{20,}\.$/u);
    expect(sentence).not.toMatch(/\{\{|undefined|\s{2}/u);
  });

  it('has none that belongs to no code', () => {
    expect(Object.keys(errorSentences).toSorted()).toEqual([...errorCodes].toSorted());
  });

  it('says the tries that are left, in the singular too', () => {
    expect(errorSentence({ code: 'card.pinIncorrect', details: { triesLeft: 2 } })).toBe(
      'El PIN no es correcto. Quedan 2 intentos. Escríbalo despacio.',
    );
    expect(errorSentence({ code: 'card.pinIncorrect', details: { triesLeft: 1 } })).toBe(
      'El PIN no es correcto. Queda 1 intento. Escríbalo despacio.',
    );
  });

  it('says nothing in English', () => {
    const english = /\b(?:the|error|card|scanner|failed|please|invalid|token|timeout)\b/iu;
    for (const code of errorCodes) expect(errorSentence({ code, details: {} })).not.toMatch(english);
  });
});

describe('the sentence of each problem', () => {
  it.each(problemCodeSchema.options)('%s ends in a full stop', (code) => {
    expect(problemSentence({ code, details: { title: 'Plano' } })).toMatch(/^[A-ZÁÉÍÓÚÑ].+\.$/u);
  });

  it('names the document that is asked for', () => {
    expect(problemSentence({ code: 'requiredDocumentMissing', details: { title: 'Plano' } })).toBe(
      'El procedimiento pide «Plano».',
    );
  });
});

describe('what a verification found', () => {
  it('has one sentence for each reason and each outcome, and none that belongs to nothing', () => {
    expect(Object.keys(reasonSentences).toSorted()).toEqual([...verificationReasonSchema.options].toSorted());
    expect(Object.keys(subIndicationSentences).toSorted()).toEqual([...subIndicationSchema.options].toSorted());
  });

  it.each(Object.entries({ ...reasonSentences, ...subIndicationSentences }))(
    '%s is said plainly',
    (_code, sentence) => {
      expect(sentence).toMatch(/^[A-ZÁÉÍÓÚÑ].{15,}\.$/u);
      // Options of the command are no business of whoever sits at the counter.
      expect(sentence).not.toMatch(/--|\{\{/u);
    },
  );

  it.each(['signatureFailed', ...admissionRefusalSchema.options] as const)(
    'a file that is not admitted for %s has a reason and a way to remedy it',
    (grounds) => {
      const { reason, remedy } = refusalSentences[grounds];
      expect(reason).toMatch(/^[A-ZÁÉÍÓÚÑ].{15,}\.$/u);
      expect(remedy).toMatch(/^[A-ZÁÉÍÓÚÑ].{15,}\.$/u);
      expect(remedy).not.toBe(reason);
    },
  );
});
