import { describe, expect, it } from 'vitest';
import { separatorOf } from './separator-sheets.ts';

describe('a separator sheet', () => {
  it.each([
    ['SEP-2026-000417', null],
    ['SEP-TD08', 'TD08'],
    ['SEP-TD14-0003', 'TD14'],
    ['SEP-TD21', null],
    ['SEP-TD081', null],
  ])('is known by its code: %s', (text, documentType) => {
    expect(separatorOf([{ format: 'Code128', text }])).toEqual({ documentType });
  });

  it('is known by its patch, and by whichever of its codes names a type', () => {
    expect(separatorOf([{ format: 'PatchT', text: 'T' }])).toEqual({ documentType: null });
    const codes = [
      { format: 'PatchT', text: 'T' },
      { format: 'QRCode', text: 'SEP-TD11' },
    ];
    expect(separatorOf(codes)).toEqual({ documentType: 'TD11' });
  });

  it('is no page that carries the code of a form or none', () => {
    expect(separatorOf([])).toBeNull();
    expect(separatorOf([{ format: 'Code128', text: 'EXP-2026-00041732' }])).toBeNull();
    expect(separatorOf([{ format: 'QRCode', text: 'https://sede.example/SEP-TD11' }])).toBeNull();
  });
});
