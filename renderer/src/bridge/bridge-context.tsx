import { createContext, use } from 'react';
import type { BridgeClient } from './client.ts';

export const BridgeContext = createContext<BridgeClient | null>(null);

export function useBridge(): BridgeClient {
  const client = use(BridgeContext);
  if (client === null) throw new Error('no bridge above this component');
  return client;
}
