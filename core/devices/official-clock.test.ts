import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { createOfficialClock } from './official-clock.ts';
import { agreeOnTime } from './time-agreement.ts';

/*
 * The servers here are a stand-in of our own that speaks SNTP over a real socket, because a real one neither lies nor falls
 * silent on request; the last test asks chrony itself where it is installed.
 */

type Behaviour = Readonly<{
  shiftMs?: number;
  stratum?: number;
  leap?: number;
  code?: string;
  length?: number;
  /** Of somebody who does not see the questions. */
  isBlind?: boolean;
  isSilent?: boolean;
  rootDispersion?: number;
}>;

const epochOffset = 2_208_988_800;
let sockets: Socket[] = [];
let questions = 0;

afterEach(async () => {
  await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => void socket.close(() => resolve()))));
  sockets = [];
  questions = 0;
});

async function serve(behaviour: Behaviour = {}): Promise<string> {
  const socket = createSocket('udp4');
  sockets.push(socket);
  socket.on('message', (question, from) => {
    questions += 1;
    if (behaviour.isSilent === true) return;
    const answer = Buffer.alloc(48);
    answer[0] = ((behaviour.leap ?? 0) << 6) | (4 << 3) | 4;
    answer[1] = behaviour.stratum ?? 2;
    answer.writeUInt32BE(behaviour.rootDispersion ?? 0x0200, 8);
    answer.write(behaviour.code ?? 'GPS\0', 12, 'latin1');
    if (behaviour.isBlind !== true) question.copy(answer, 24, 40, 48);
    for (const place of [32, 40]) {
      const ms = Date.now() + (behaviour.shiftMs ?? 0);
      answer.writeUInt32BE((Math.floor(ms / 1000) + epochOffset) % 2 ** 32, place);
      answer.writeUInt32BE(Math.floor(((ms % 1000) / 1000) * 2 ** 32), place + 4);
    }
    socket.send(answer.subarray(0, behaviour.length ?? 48), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return `127.0.0.1:${socket.address().port}`;
}

async function clockWith(...behaviours: readonly Behaviour[]) {
  const servers = await Promise.all(behaviours.map((behaviour) => serve(behaviour)));
  const problems: string[] = [];
  const shift = { system: 0, monotonic: 0 };
  const clock = createOfficialClock({
    servers,
    onProblem: (_server, problem) => problems.push(problem),
    systemNow: () => Date.now() + shift.system,
    monotonicNow: () => performance.now() + shift.monotonic,
  });
  await clock.synchronise();
  return { clock, problems, shift };
}

describe('the clock', () => {
  test('without servers is the machine’s own and says so', async () => {
    const { clock } = await clockWith();
    expect(clock.reading()).toEqual({
      source: 'system',
      lastSynchronizedAt: null,
      uncertaintyMs: null,
      offsetMs: null,
    });
    clock.close();
  });

  test('takes what a server says, with the uncertainty of line and server', async () => {
    const { clock, problems } = await clockWith({ shiftMs: 90_000 });
    const reading = clock.reading();
    expect(reading.source).toBe('ntp');
    expect(Math.abs((reading.offsetMs ?? 0) - 90_000)).toBeLessThanOrEqual(reading.uncertaintyMs ?? 0);
    expect(clock.now().getTime() - Date.now()).toBeGreaterThan(80_000);
    expect(problems).toEqual([]);
    clock.close();
  });

  test('is less and less sure without another answer', async () => {
    const { clock, shift } = await clockWith({});
    const before = clock.reading().uncertaintyMs ?? 0;
    shift.system += 3_600_000;
    shift.monotonic += 3_600_000;
    expect((clock.reading().uncertaintyMs ?? 0) - before).toBeGreaterThanOrEqual(359);
    clock.close();
  });

  test('does not trust its measure once the machine’s clock is set, and asks again', async () => {
    const { clock, shift, problems } = await clockWith({ shiftMs: 5_000 });
    shift.system -= 3_600_000;
    expect(clock.reading().source).toBe('system');
    expect(problems).toEqual(['jumped']);
    await clock.synchronise();
    const reading = clock.reading();
    expect(Math.abs((reading.offsetMs ?? 0) - 3_605_000)).toBeLessThanOrEqual(reading.uncertaintyMs ?? 0);
    clock.close();
  });

  test('servers that are silent, answer another question or too little, or have no time count for nothing', async () => {
    const { clock, problems } = await clockWith(
      { isSilent: true },
      { isBlind: true },
      { length: 40 },
      { leap: 3 },
      { stratum: 16 },
      { rootDispersion: 0x7fff_0000 },
    );
    expect(clock.reading().source).toBe('system');
    const names = ['silent', 'silent', 'silent', 'unsynchronised', 'unsynchronised', 'unsynchronised'];
    expect(problems.toSorted()).toEqual(names);
    clock.close();
  });

  test('one that denies is not asked again, one that asks for patience is', async () => {
    const { clock, problems } = await clockWith({ stratum: 0, code: 'DENY' }, { stratum: 0, code: 'RATE' });
    await clock.synchronise();
    expect(questions).toBe(3);
    expect(problems.toSorted()).toEqual(['kissOfDeath.DENY', 'kissOfDeath.RATE', 'kissOfDeath.RATE']);
    expect(clock.reading().source).toBe('system');
    clock.close();
  });

  test('a liar is outvoted by two; one against one settles nothing', async () => {
    const outvoted = await clockWith({}, { shiftMs: 3_600_000 }, {});
    expect(outvoted.problems).toEqual(['outvoted']);
    expect(Math.abs(outvoted.clock.reading().offsetMs ?? Infinity)).toBeLessThan(1_000);
    outvoted.clock.close();
    const split = await clockWith({}, { shiftMs: 3_600_000 });
    expect(split.problems).toEqual(['noAgreement']);
    expect(split.clock.reading().source).toBe('system');
    split.clock.close();
  });
});

test('agreement is what all of the majority allow', () => {
  const sample = (server: string, offsetMs: number, uncertaintyMs: number) => ({ server, offsetMs, uncertaintyMs });
  expect(agreeOnTime([])).toBeNull();
  expect(agreeOnTime([sample('a', 10, 5), sample('b', 14, 5), sample('c', 900, 5)])).toEqual({
    offsetMs: 12,
    uncertaintyMs: 3,
    servers: ['a', 'b'],
  });
  expect(agreeOnTime([sample('a', 0, 1), sample('b', 10, 1), sample('c', 20, 1)])).toBeNull();
});

const chronyd = '/usr/sbin/chronyd';

test.skipIf(!existsSync(chronyd))('chrony is understood', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ventanilla-chrony-'));
  const port = 20_000 + (process.pid % 20_000);
  const configuration = join(folder, 'chrony.conf');
  writeFileSync(
    configuration,
    `port ${port}\nbindaddress 127.0.0.1\nallow 127.0.0.1\nlocal stratum 5\ncmdport 0\nbindcmdaddress /\npidfile ${folder}/pid\n`,
  );
  // -x: it does not touch the machine's clock. -U: as whoever runs the test.
  const daemon: ChildProcess = spawn(chronyd, ['-d', '-x', '-U', '-f', configuration], { stdio: 'ignore' });
  const clock = createOfficialClock({ servers: [`127.0.0.1:${port}`], onProblem: () => undefined });
  try {
    for (let count = 0; count < 40 && clock.reading().source !== 'ntp'; count += 1) {
      await clock.synchronise();
      await pause(50);
    }
    const reading = clock.reading();
    expect(reading.source).toBe('ntp');
    expect(Math.abs(reading.offsetMs ?? Infinity)).toBeLessThanOrEqual(reading.uncertaintyMs ?? 0);
  } finally {
    clock.close();
    daemon.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
});
