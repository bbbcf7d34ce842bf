/** The line to the shell: a forked Node process has `process.send`, Electron's utility process has `parentPort`. */
export type ParentLink = Readonly<{
  post(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** The parent is gone: this process must end too. */
  onClosed(listener: () => void): void;
}>;

type UtilityPort = {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { data: unknown }) => void): void;
  on(event: 'close', listener: () => void): void;
};

export function openParentLink(): ParentLink {
  const port = (process as typeof process & { parentPort?: UtilityPort }).parentPort;
  if (port !== undefined && port !== null) {
    return {
      post: (message) => port.postMessage(message),
      onMessage: (listener) => port.on('message', (event) => listener(event.data)),
      onClosed: (listener) => port.on('close', listener),
    };
  }
  return {
    post: (message) => {
      if (process.connected === true) process.send?.(message, undefined, undefined, () => undefined);
    },
    onMessage: (listener) => void process.on('message', listener),
    onClosed: (listener) => void process.on('disconnect', listener),
  };
}
