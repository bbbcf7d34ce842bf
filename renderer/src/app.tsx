import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { Activity, useEffect, useState } from 'react';
import { I18nProvider } from 'react-aria-components/I18nProvider';
import { BridgeContext } from './bridge/bridge-context.tsx';
import { openBridge } from './bridge/open-bridge.ts';
import type { OpenedBridge } from './bridge/open-bridge.ts';
import { ConnectionLost, NoToken } from './screens/connection-lost.tsx';
import { Shell } from './screens/shell.tsx';
import { feedEvents } from './state/queries.ts';
import { noteRunningJob, useView } from './state/view-store.ts';

// The services are on this machine: `navigator.onLine` says nothing about them, and a failure is told, not retried.
const queryClient = new QueryClient({
  defaultOptions: {
    queries: { networkMode: 'always', retry: false, refetchOnWindowFocus: false, refetchOnReconnect: false },
  },
});

/** The window with its bridge: opened once, and again when the services come back. */
export function App() {
  const [bridge, setBridge] = useState<OpenedBridge | null>(openBridge);
  const [isLost, setIsLost] = useState(false);

  useEffect(() => {
    if (bridge === null) return undefined;
    const endFeed = feedEvents(bridge.client, queryClient, noteRunningJob);
    const endClosed = bridge.client.onClosed(() => setIsLost(true));
    return () => {
      endFeed();
      endClosed();
    };
  }, [bridge]);

  function reopen(): void {
    queryClient.clear();
    useView.getState().reset();
    setBridge(openBridge());
    setIsLost(false);
  }

  if (bridge === null) return <NoToken />;
  return (
    <I18nProvider locale="es-ES">
      <QueryClientProvider client={queryClient}>
        <BridgeContext value={bridge.client}>
          {isLost ? <ConnectionLost onReopen={bridge.canReopen ? reopen : null} /> : null}
          <Activity mode={isLost ? 'hidden' : 'visible'}>
            <Shell />
          </Activity>
        </BridgeContext>
      </QueryClientProvider>
    </I18nProvider>
  );
}
