/**
 * One exchange over HTTP, given by the caller: this folder never touches the network. Rejects when there is no answer
 * or its status is not 200.
 */
export type FetchBytes = (
  url: string,
  request: Readonly<{ method: 'POST'; contentType: string; body: Uint8Array; signal?: AbortSignal }>,
) => Promise<Uint8Array>;
