import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createBridgeSupervisor, SupervisorClosedError, type BridgeSupervisor } from './bridge-supervisor.ts';
import { startNodeBridge } from './node-bridge-channel.ts';

let folder = '';
let supervisor: BridgeSupervisor | null = null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ventanilla-supervisor-'));
});
afterEach(() => {
  supervisor?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A program that tells its pid, echoes bytes and dies when it is told to. */
function program(): string {
  const entry = join(folder, 'bridge.mjs');
  writeFileSync(
    entry,
    `process.on('message', (message) => {
      if (message === 'die') process.exit(7);
      process.send(message);
    });
    process.on('disconnect', () => process.exit(0));
    process.send({ pid: process.pid });`,
  );
  return entry;
}

function supervise(entry: string) {
  const messages: unknown[] = [];
  const exits: string[] = [];
  let starts = 0;
  let wake = () => {};
  supervisor = createBridgeSupervisor({
    start: () => startNodeBridge({ entry }),
    onMessage: (message) => {
      messages.push(message);
      wake();
    },
    onStarted: () => {
      starts += 1;
    },
    onExit: (reason) => {
      exits.push(reason);
      wake();
    },
    firstDelay: 5,
  });
  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  return { supervisor, messages, exits, until, starts: () => starts };
}

test('a bridge that dies is started again, and whoever waits for it is served', async () => {
  const { supervisor: bridge, messages, exits, until, starts } = supervise(program());
  await bridge.ready();
  await until(() => messages.length === 1);
  bridge.post('die');
  await until(() => exits.length === 1);
  expect(exits).toEqual(['exit code 7']);
  expect(bridge.post('lost')).toBe(false);
  await bridge.ready();
  await until(() => messages.length === 2);
  expect(starts()).toBe(2);
  expect(messages[0]).not.toEqual(messages[1]);
});

test('bytes arrive as bytes', async () => {
  const { supervisor: bridge, messages, until } = supervise(program());
  await bridge.ready();
  bridge.post({ bytes: new Uint8Array([0, 255, 7]) });
  await until(() => messages.length === 2);
  expect(messages[1]).toEqual({ bytes: new Uint8Array([0, 255, 7]) });
});

test('a program that cannot start is a bridge that has ended', async () => {
  const { supervisor: bridge, exits, until } = supervise(join(folder, 'missing.mjs'));
  await bridge.ready();
  await until(() => exits.length >= 2);
  expect(exits[0]).toBe('exit code 1');
});

test('closing ends the bridge for good and refuses whoever still waits', async () => {
  const { supervisor: bridge, exits, until } = supervise(program());
  await bridge.ready();
  bridge.restart();
  await until(() => exits.length === 1);
  const waiting = bridge.ready();
  bridge.close();
  await expect(waiting).rejects.toBeInstanceOf(SupervisorClosedError);
  await expect(bridge.ready()).rejects.toBeInstanceOf(SupervisorClosedError);
  expect(bridge.isUp()).toBe(false);
});
