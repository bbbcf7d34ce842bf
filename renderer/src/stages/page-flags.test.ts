import { describe, expect, it } from 'vitest';
import type { PageFlag, PageFlagKind } from '../../../core/contract/schemas/page-flag.ts';
import { describeFlags, findNextFlag, hasOpenFlag } from './page-flags.ts';

const flag = (kind: PageFlagKind, answer: PageFlag['answer'] = null): PageFlag => ({
  kind,
  placeMm: null,
  text: '',
  answer,
});
const page = (...flags: PageFlag[]) => ({ flags });

describe('the next thing to look at', () => {
  const pages = [page(flag('code')), page(flag('inkMissing'), flag('cutOff', 'asOnPaper'), flag('illegible')), page()];

  it('is the next open one, on this page or another, and round again', () => {
    expect(findNextFlag(pages, { page: 0, flag: null })).toEqual({ page: 1, flag: 0 });
    expect(findNextFlag(pages, { page: 1, flag: 0 })).toEqual({ page: 1, flag: 2 });
    expect(findNextFlag(pages, { page: 1, flag: 2 })).toEqual({ page: 1, flag: 0 });
    expect(findNextFlag(pages, { page: 2, flag: null })).toEqual({ page: 1, flag: 0 });
  });

  it('with none open is the next one of this page', () => {
    const answered = [page(flag('blank', 'asOnPaper'), flag('code')), page(flag('code'))];
    expect(findNextFlag(answered, { page: 0, flag: 0 })).toEqual({ page: 0, flag: 1 });
    expect(findNextFlag(answered, { page: 0, flag: 1 })).toEqual({ page: 0, flag: 0 });
    expect(findNextFlag([page()], { page: 0, flag: null })).toBeNull();
  });
});

describe('a page', () => {
  it('is open while something that wants an answer has none', () => {
    expect(hasOpenFlag(page(flag('edgesNotFound'), flag('code')))).toBe(false);
    expect(hasOpenFlag(page(flag('edgesNotFound'), flag('cutOff')))).toBe(true);
    expect(hasOpenFlag(page(flag('cutOff', 'notContent')))).toBe(false);
  });

  it('is described by what is pointed out, each kind once', () => {
    expect(describeFlags(page(flag('inkMissing'), flag('inkMissing'), flag('cutOff')))).toBe(
      'falta algo en la copia, parece cortada',
    );
  });
});
