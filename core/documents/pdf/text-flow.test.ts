import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadDocumentAssets } from '../assets.ts';
import { createFontSet } from './canvas.ts';
import { flowText, type FlowStyle, type Run } from './text-flow.ts';

const fonts = createFontSet(loadDocumentAssets());
const style: FlowStyle = { font: 'sans', size: 9, leading: 13, gray: 0 };
const textOf = (lines: ReturnType<typeof flowText>): string =>
  lines.map((line) => line.fragments.map((fragment) => fragment.text).join('')).join('\n');

describe('text flow', () => {
  it('breaks at spaces and line feeds, and keeps a no-break space', () => {
    expect(textOf(flowText('uno dos tres', 40, style, fonts))).toBe('uno dos\ntres');
    expect(textOf(flowText('uno\n\ndos', 400, style, fonts))).toBe('uno\n\ndos');
    expect(textOf(flowText('a 12\u00a0€', 24, style, fonts))).toBe('a\n12\u00a0€');
    expect(textOf(flowText('', 40, style, fonts))).toBe('');
  });

  it('keeps punctuation with the word of another font', () => {
    const runs: readonly Run[] = [{ text: 'ver ' }, { text: 'aquí', font: 'sansBold' }, { text: '.' }];
    expect(textOf(flowText(runs, 30, style, fonts))).toBe('ver\naquí.');
  });

  it('breaks an address after a mark and a digest anywhere', () => {
    const address = textOf(flowText('https://sede.villar.example/verificar', 120, style, fonts));
    expect(address.split('\n')[0]).toMatch(/[/.]$/);
    expect(textOf(flowText('a'.repeat(100), 60, style, fonts)).replaceAll('\n', '')).toBe('a'.repeat(100));
  });

  it('never runs over the width and never loses a sign', () => {
    const run = fc.record({
      text: fc.string({ unit: 'binary', maxLength: 60 }),
      font: fc.constantFrom('sans' as const, 'sansBold' as const, 'mono' as const),
    });
    fc.assert(
      fc.property(fc.array(run, { maxLength: 6 }), fc.integer({ min: 20, max: 400 }), (runs, width) => {
        const lines = flowText(runs, width, style, fonts);
        for (const line of lines) expect(line.width).toBeLessThanOrEqual(width + 0.02);
        const expected = runs.map(({ text }) => text.normalize('NFC')).join('');
        expect(textOf(lines).replaceAll(/[ \t\r\n]/g, '')).toBe(expected.replaceAll(/[ \t\r\n]/g, ''));
      }),
      { numRuns: 400 },
    );
  });
});
