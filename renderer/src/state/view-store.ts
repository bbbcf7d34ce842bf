import { create } from 'zustand';
import type { JobKind, JobProgress } from '../../../core/contract/schemas/desk.ts';
import { forgetAllChecks } from './file-checks.ts';

export type Place = Readonly<
  | { kind: 'work' }
  | { kind: 'records'; text: string }
  | { kind: 'record'; recordId: string }
  | { kind: 'refusals' }
  | { kind: 'originals' }
  | { kind: 'verify' }
  | { kind: 'scanner' }
>;

/** Only of the view: where the officer is looking. What is of the desk lives in the services. */
type ViewState = Readonly<{
  place: Place;
  isSealPostponed: boolean;
  /** The last job of each kind: a window that was reloaded meets its running job again through its progress. */
  jobs: Readonly<Partial<Record<JobKind, string>>>;
  selectedPageId: string | null;
  goTo(place: Place): void;
  postponeSeal(isPostponed: boolean): void;
  noteJob(kind: JobKind, jobId: string): void;
  forgetJob(kind: JobKind): void;
  selectPage(pageId: string | null): void;
  /** Another citizen or another officer: nothing of the last one stays on the screen. */
  reset(): void;
}>;

const start = { place: { kind: 'work' }, jobs: {}, selectedPageId: null } as const satisfies Partial<ViewState>;

export const useView = create<ViewState>((set) => ({
  ...start,
  isSealPostponed: false,
  goTo: (place) => set({ place }),
  postponeSeal: (isSealPostponed) => set({ isSealPostponed }),
  noteJob: (kind, jobId) => set((state) => ({ jobs: { ...state.jobs, [kind]: jobId } })),
  forgetJob: (kind) =>
    set((state) => ({ jobs: Object.fromEntries(Object.entries(state.jobs).filter(([known]) => known !== kind)) })),
  selectPage: (selectedPageId) => set({ selectedPageId }),
  reset: () => {
    forgetAllChecks();
    set({ ...start });
  },
}));

export function noteRunningJob(job: JobProgress): void {
  if (job.state === 'running' && useView.getState().jobs[job.kind] !== job.jobId)
    useView.getState().noteJob(job.kind, job.jobId);
}
