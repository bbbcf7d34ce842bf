import { contextBridge, ipcRenderer } from 'electron';

/*
 * The only bridge between the page and the program: one MessagePort, asked for on one channel and brokered by main.
 * Nothing of Electron is handed over. Sandboxed preloads are CommonJS: the bundle makes it one file.
 */
type Listener = (message: unknown) => void;

// Ports come in the order in which they were asked for.
const asked: ((port: MessagePort) => void)[] = [];
ipcRenderer.on('bridge', (event) => {
  const [port] = event.ports;
  if (port !== undefined) asked.shift()?.(port);
});

contextBridge.exposeInMainWorld('ventanilla', {
  openTransport() {
    const listeners = new Set<Listener>();
    const closedListeners = new Set<() => void>();
    const waiting: unknown[] = [];
    let port: MessagePort | null = null;
    asked.push((opened) => {
      port = opened;
      opened.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
        for (const listener of listeners) listener(data);
      });
      opened.addEventListener('close', () => {
        for (const listener of closedListeners) listener();
      });
      opened.start();
      for (const message of waiting.splice(0)) opened.postMessage(message);
    });
    ipcRenderer.send('bridge');
    return {
      send(message: unknown) {
        // The page wipes a PIN's bytes as soon as this returns.
        if (port === null) waiting.push(structuredClone(message));
        else port.postMessage(message);
      },
      onMessage(listener: Listener) {
        listeners.add(listener);
        return () => {
          listeners.delete(listener);
        };
      },
      onClosed(listener: () => void) {
        closedListeners.add(listener);
        return () => {
          closedListeners.delete(listener);
        };
      },
    };
  },
});
