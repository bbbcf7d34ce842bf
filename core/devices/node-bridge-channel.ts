import { fork } from 'node:child_process';
import type { BridgeChannel } from './bridge-channel.ts';

export type NodeBridgeOptions = Readonly<{
  /** File of the program's entry point. */
  entry: string;
  /** Whole environment of the program; that of this process by default. */
  environment?: Readonly<Record<string, string | undefined>>;
}>;

/** A bridge as a child of this Node process: the Chromium shell and the tests. Electron's main has its own. */
export function startNodeBridge(options: NodeBridgeOptions): BridgeChannel {
  const child = fork(options.entry, [], {
    // Binary strips travel as bytes; JSON would turn them into lists of numbers.
    serialization: 'advanced',
    execArgv: [],
    env: { ...(options.environment ?? process.env) },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const exitListeners: ((reason: string) => void)[] = [];
  let exitReason: string | null = null;
  function end(reason: string): void {
    if (exitReason !== null) return;
    exitReason = reason;
    for (const listener of exitListeners) listener(reason);
  }
  child.on('exit', (code, signal) => end(signal === null ? `exit code ${String(code)}` : `signal ${signal}`));
  // A program that cannot be started has no exit event; a message posted to a dying one is told through its exit.
  child.on('error', (error) => {
    if (child.pid === undefined) end(error.message);
  });
  return {
    post(message) {
      if (child.connected) child.send(message as object, () => undefined);
    },
    onMessage(listener) {
      child.on('message', listener);
    },
    onExit(listener) {
      if (exitReason === null) exitListeners.push(listener);
      else queueMicrotask(() => listener(exitReason ?? ''));
    },
    kill() {
      child.kill('SIGKILL');
    },
  };
}
