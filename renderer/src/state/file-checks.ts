import { create } from 'zustand';
import { AppError } from '../../../core/contract/errors.ts';
import { filePartBytes } from '../../../core/contract/methods.ts';
import type { DocumentVerification, Refusal, StagedFile } from '../../../core/contract/schemas/verification.ts';
import type { BridgeClient } from '../bridge/client.ts';
import { pairFiles } from './pair-files.ts';
import { toAppError } from './to-app-error.ts';

/** A file that the officer chose: read, examined and verified, and not yet part of anything. */
export type FileCheck = Readonly<{
  id: string;
  /** The attention that it is for; null: only to be verified. */
  attentionId: string | null;
  name: string;
  byteLength: number;
  state: 'waiting' | 'reading' | 'verifying' | 'done' | 'failed';
  /** From 0 to 1 while it is read. */
  progress: number;
  file: StagedFile | null;
  signature: Readonly<{ name: string; file: StagedFile | null }> | null;
  verification: DocumentVerification | null;
  /** The incident that was made of it. */
  refusal: Refusal | null;
  error: AppError | null;
}>;

type Source = Readonly<{ main: File | StagedFile; signature: File | StagedFile | null }>;

type FileChecksState = Readonly<{ checks: readonly FileCheck[] }>;

const useStore = create<FileChecksState>(() => ({ checks: [] }));
// What cannot be shown: where the bytes come from, and how to stop.
const sources = new Map<string, Source>();
let queue: Promise<unknown> = Promise.resolve();

export function useFileChecks(attentionId: string | null): readonly FileCheck[] {
  const { checks } = useStore();
  return checks.filter((check) => check.attentionId === attentionId);
}

function get(id: string): FileCheck | undefined {
  return useStore.getState().checks.find((check) => check.id === id);
}

export function changeCheck(id: string, change: Partial<FileCheck>): void {
  useStore.setState(({ checks }) => ({
    checks: checks.map((check) => (check.id === id ? { ...check, ...change } : check)),
  }));
}

/** Takes the files one after the other, as the services do, and those that belong together as one. */
export function addFiles(bridge: BridgeClient, attentionId: string | null, files: readonly File[]): readonly string[] {
  return pairFiles(files).map((source) => {
    const id = crypto.randomUUID();
    sources.set(id, source);
    const check: FileCheck = {
      id,
      attentionId,
      name: source.main.name,
      byteLength: source.main.size,
      state: 'waiting',
      progress: 0,
      file: null,
      signature: source.signature === null ? null : { name: source.signature.name, file: null },
      verification: null,
      refusal: null,
      error: null,
    };
    useStore.setState(({ checks }) => ({ checks: [...checks, check] }));
    enqueue(bridge, id);
    return id;
  });
}

/** Its signature is in another file, or it is itself the signature of another. */
export function completeCheck(bridge: BridgeClient, id: string, as: 'data' | 'signature', added: File): void {
  const check = get(id);
  if (check?.file === undefined || check.file === null) return;
  const source = as === 'data' ? { main: added, signature: check.file } : { main: check.file, signature: added };
  sources.set(id, source);
  changeCheck(id, {
    name: source.main.name,
    byteLength: as === 'data' ? added.size : check.byteLength,
    state: 'waiting',
    progress: 0,
    file: null,
    signature: { name: source.signature.name, file: null },
    verification: null,
    error: null,
  });
  enqueue(bridge, id);
}

/** Stops what is being done with it and forgets it, here and in the services. */
export function removeCheck(bridge: BridgeClient, id: string): void {
  const check = get(id);
  sources.delete(id);
  useStore.setState(({ checks }) => ({ checks: checks.filter((known) => known.id !== id) }));
  for (const file of [check?.file, check?.signature?.file])
    if (file !== null && file !== undefined && check?.refusal === null) discard(bridge, file.digest);
}

/** Those of an attention, or with null those that were only to be verified. */
export function removeChecksOf(bridge: BridgeClient, attentionId: string | null): void {
  for (const check of useStore.getState().checks) if (check.attentionId === attentionId) removeCheck(bridge, check.id);
}

/** It became a document, and the services have forgotten the staged file by themselves. */
export function forgetCheck(id: string): void {
  sources.delete(id);
  useStore.setState(({ checks }) => ({ checks: checks.filter((known) => known.id !== id) }));
}

/** Another citizen or another officer: nothing of the last one stays. */
export function forgetAllChecks(): void {
  sources.clear();
  useStore.setState({ checks: [] });
}

function discard(bridge: BridgeClient, digest: string): void {
  const isInUse = useStore
    .getState()
    .checks.some(({ file, signature }) => file?.digest === digest || signature?.file?.digest === digest);
  if (!isInUse) void bridge.call('files.discard', { digest }).catch(() => {});
}

function enqueue(bridge: BridgeClient, id: string): void {
  const source = sources.get(id);
  if (source === undefined) return;
  // The sources map holds this very object while the file is wanted.
  const isWanted = () => sources.get(id) === source;
  queue = queue.then(() => check(bridge, id, source, isWanted)).catch(() => {});
}

async function check(bridge: BridgeClient, id: string, source: Source, isWanted: () => boolean): Promise<void> {
  if (!isWanted()) return;
  try {
    changeCheck(id, { state: 'reading' });
    const share = source.signature === null ? 1 : 0.5;
    const file = await stage(bridge, source.main, isWanted, (part) => changeCheck(id, { progress: part * share }));
    if (file === null) return;
    changeCheck(id, { file, name: file.name });
    let signature: StagedFile | null = null;
    if (source.signature !== null && file.refusal === null) {
      signature = await stage(bridge, source.signature, isWanted, (part) =>
        changeCheck(id, { progress: share + part * share }),
      );
      if (signature === null) return;
      changeCheck(id, { signature: { name: signature.name, file: signature } });
    }
    if (file.refusal !== null || (signature !== null && signature.refusal !== null)) {
      changeCheck(id, { state: 'done' });
      return;
    }
    changeCheck(id, { state: 'verifying' });
    const verification = await bridge.call('verification.verifyStaged', {
      digest: file.digest,
      signatureDigest: signature?.digest ?? null,
    });
    if (isWanted()) changeCheck(id, { state: 'done', verification });
  } catch (error) {
    if (isWanted()) changeCheck(id, { state: 'failed', error: toAppError(error) });
  }
}

/** One file for the services, without its signatures: to be compared with a paper. */
export async function stageFile(bridge: BridgeClient, source: File): Promise<StagedFile> {
  const file = await stage(
    bridge,
    source,
    () => true,
    () => undefined,
  );
  if (file === null) throw new AppError('file.torn');
  return file;
}

/** In parts of at most `filePartBytes`. Null: nobody wants it any more. */
async function stage(
  bridge: BridgeClient,
  source: File | StagedFile,
  isWanted: () => boolean,
  onProgress: (part: number) => void,
): Promise<StagedFile | null> {
  if (!(source instanceof File)) return source;
  const uploadId = crypto.randomUUID();
  const { size } = source;
  const name = source.name.slice(-200);
  for (let offset = 0; isWanted(); offset += filePartBytes) {
    const bytes = await readPart(source, offset);
    const { file } = await bridge.call('files.stage', { uploadId, name, byteLength: size, offset, bytes });
    onProgress(size === 0 ? 1 : Math.min(1, (offset + bytes.length) / size));
    if (file === null) continue;
    if (isWanted()) return file;
    discard(bridge, file.digest);
  }
  return null;
}

async function readPart(source: File, offset: number): Promise<Uint8Array> {
  try {
    return new Uint8Array(await source.slice(offset, offset + filePartBytes).arrayBuffer());
  } catch (cause) {
    // The medium was pulled out, or its content changed meanwhile.
    throw new AppError('file.torn', {}, { cause });
  }
}
