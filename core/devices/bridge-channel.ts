/**
 * What the services hold of a device program (native/): messages in both directions and the news of its end.
 * A message is anything that the structured clone algorithm takes; nothing is trusted until its schema has read it.
 */
export type BridgeChannel = Readonly<{
  post(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Called once, also when the program could not be started. `reason` is for the log, never for the window. */
  onExit(listener: (reason: string) => void): void;
  /** Ends the program at once. `onExit` follows. */
  kill(): void;
}>;

export type BridgeName = 'scanner' | 'card' | 'hid';

/** Only a shell can start a process in a packaged program: this is the port that it provides. */
export type SpawnBridge = (name: BridgeName) => BridgeChannel;
