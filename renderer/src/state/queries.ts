import { keepPreviousData, queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import type { QueryClient } from '@tanstack/react-query';
import type { AttentionView } from '../../../core/contract/schemas/attention.ts';
import type { DeskStatus, JobProgress } from '../../../core/contract/schemas/desk.ts';
import { useBridge } from '../bridge/bridge-context.tsx';
import type { BridgeClient } from '../bridge/client.ts';

/** Desk status with the moment of the window's own clock at which it came: the official time ticks from there. */
export type ReceivedStatus = Readonly<{ status: DeskStatus; receivedAt: number }>;

export const keys = {
  desk: ['desk'] as const,
  attention: (attentionId: string) => ['attention', attentionId] as const,
  job: (jobId: string) => ['job', jobId] as const,
  record: (recordId: string) => ['records', 'one', recordId] as const,
  recordText: (recordId: string, documentId: string) => ['records', 'text', recordId, documentId] as const,
  records: ['records'] as const,
};

export function useDesk(): ReceivedStatus | undefined {
  const bridge = useBridge();
  return useQuery({
    queryKey: keys.desk,
    queryFn: async (): Promise<ReceivedStatus> => ({
      status: await bridge.call('desk.getStatus', {}),
      receivedAt: performance.now(),
    }),
    staleTime: Infinity,
  }).data;
}

export function useAttention(attentionId: string): AttentionView | undefined {
  const bridge = useBridge();
  const client = useQueryClient();
  return useQuery({
    queryKey: keys.attention(attentionId),
    queryFn: async () =>
      newerAttention(
        client.getQueryData(keys.attention(attentionId)),
        await bridge.call('attention.get', { attentionId }),
      ),
    staleTime: Infinity,
  }).data;
}

export function useJob(jobId: string | null): JobProgress | null {
  const bridge = useBridge();
  const client = useQueryClient();
  const { data } = useQuery({
    queryKey: keys.job(jobId ?? ''),
    queryFn: async () =>
      laterProgress(client.getQueryData(keys.job(jobId ?? '')), await bridge.call('jobs.get', { jobId: jobId ?? '' })),
    enabled: jobId !== null,
    staleTime: Infinity,
    retry: false,
  });
  return jobId === null ? null : (data ?? null);
}

function useProfileCatalogue() {
  const bridge = useBridge();
  return useQuery({ queryKey: ['scanProfiles'], queryFn: () => bridge.call('catalogue.listScanProfiles', {}) }).data;
}

export function useScanProfiles() {
  return useProfileCatalogue()?.profiles ?? [];
}

/** Profiles that came and are not as their administrator signed them. */
export function useRefusedProfiles(): number {
  return useProfileCatalogue()?.refusedCount ?? 0;
}

export function useProcedures(text: string) {
  const bridge = useBridge();
  return (
    useQuery({
      queryKey: ['procedures', text],
      queryFn: () => bridge.call('catalogue.searchProcedures', { text }),
      placeholderData: keepPreviousData,
    }).data?.procedures ?? []
  );
}

export function useUnits(text: string) {
  const bridge = useBridge();
  return (
    useQuery({
      queryKey: ['units', text],
      queryFn: () => bridge.call('catalogue.searchUnits', { text }),
      placeholderData: keepPreviousData,
    }).data?.units ?? []
  );
}

/** `day`: YYYY-MM-DD. Forgotten while nobody looks: after an attention, the list of before it says that nothing was registered. */
export function recordsOfDay(bridge: BridgeClient, day: string) {
  return queryOptions({
    queryKey: [...keys.records, 'day', day],
    queryFn: () => bridge.call('records.search', { text: '', fromDate: day, toDate: day, cursor: null, limit: 100 }),
    gcTime: 0,
  });
}

/** `known` is null until the system has told its printers; `whenKnown` waits for that. */
export function usePrinters() {
  const bridge = useBridge();
  const client = useQueryClient();
  const query = { queryKey: ['printers'], queryFn: () => bridge.call('print.listPrinters', {}), staleTime: 0 };
  return {
    known: useQuery(query).data?.printers ?? null,
    whenKnown: async () => (await client.ensureQueryData(query)).printers,
  };
}

/** Puts an attention that an answer or an event brought, unless a newer one is known. */
export function putAttention(client: QueryClient, attention: AttentionView): void {
  client.setQueryData<AttentionView>(keys.attention(attention.attentionId), (known) =>
    newerAttention(known, attention),
  );
}

export function putJob(client: QueryClient, job: JobProgress): void {
  client.setQueryData<JobProgress>(keys.job(job.jobId), (known) => laterProgress(known, job));
}

/** Feeds the cache with what the services announce. Returns the end of the subscriptions. */
export function feedEvents(bridge: BridgeClient, client: QueryClient, onJob: (job: JobProgress) => void): () => void {
  const ends = [
    bridge.subscribe('desk.statusChanged', (status) => {
      const known = client.getQueryData<ReceivedStatus>(keys.desk)?.status;
      client.setQueryData<ReceivedStatus>(keys.desk, { status, receivedAt: performance.now() });
      // How far each record is sent stands in the lists, and nothing but the queue tells that it changed.
      if (known !== undefined && isQueueOther(known, status)) void client.invalidateQueries({ queryKey: keys.records });
    }),
    bridge.subscribe('attention.changed', (attention) => putAttention(client, attention)),
    bridge.subscribe('job.progress', (job) => {
      putJob(client, job);
      onJob(job);
    }),
    bridge.subscribe('record.changed', () => void client.invalidateQueries({ queryKey: keys.records })),
  ];
  return () => {
    for (const end of ends) end();
  };
}

function isQueueOther({ line: known }: DeskStatus, { line }: DeskStatus): boolean {
  return known.pendingRecords !== line.pendingRecords || known.pendingBlobs !== line.pendingBlobs;
}

function newerAttention(known: AttentionView | undefined, arrived: AttentionView): AttentionView {
  return known !== undefined && known.version > arrived.version ? known : arrived;
}

function laterProgress(known: JobProgress | undefined, arrived: JobProgress): JobProgress {
  return known !== undefined && known.state !== 'running' && arrived.state === 'running' ? known : arrived;
}
