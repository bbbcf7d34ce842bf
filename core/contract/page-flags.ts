import type { FlagAnswer, PageFlag, PageFlagKind } from './schemas/page-flag.ts';

/**
 * What an officer may answer to each kind, the likeliest first. None: it is told and written down, and confirming the page
 * says enough; a scanner with a white bed, whose sheets never show an edge, would teach to answer without looking.
 */
const answers: Readonly<Record<PageFlagKind, readonly FlagAnswer[]>> = {
  inkMissing: ['notContent', 'asOnPaper', 'readable', 'rescan'],
  inkAdded: ['asOnPaper', 'notContent', 'rescan'],
  cutOff: ['asOnPaper', 'notContent', 'rescan'],
  illegible: ['asOnPaper', 'readable', 'rescan'],
  lowResolution: ['readable', 'rescan'],
  doubleFeed: ['asOnPaper', 'rescan'],
  unusualSize: ['asOnPaper', 'rescan'],
  blank: ['asOnPaper', 'rescan'],
  orientationUnsure: [],
  edgesNotFound: [],
  code: [],
};

export function answersOf(kind: PageFlagKind): readonly FlagAnswer[] {
  return answers[kind];
}

/** Whether the officer still has to say something about it. */
export function isOpenFlag(flag: Pick<PageFlag, 'kind' | 'answer'>): boolean {
  return flag.answer === null && answers[flag.kind].length > 0;
}
