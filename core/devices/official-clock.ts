import { performance } from 'node:perf_hooks';
import { formatOfficialInstant } from '../domain/official-time.ts';
import type { ClockPort } from '../services/ports/surroundings.ts';
import { askTime } from './sntp.ts';
import type { TimeAnswer, TimeSample } from './sntp.ts';
import { agreeOnTime } from './time-agreement.ts';

/** A quartz that nobody corrects may be off by so much (100 millionths: 8.6 s a day). */
const driftPerMs = 100e-6;
/** Beyond it somebody set the machine's clock, or it slept: what was measured before is of another clock. */
const jumpMs = 1_000;
const restMs = 17 * 60_000;
const retryMs = 64_000;

export type TimeServers = Readonly<{
  /** `host` or `host:port`, asked all at once. None: the machine's own clock, and every record says so. */
  servers: readonly string[];
  /** Codes only: which server said what. */
  onProblem: (server: string, problem: string) => void;
  systemNow?: () => number;
  monotonicNow?: () => number;
}>;

export type OfficialClock = ClockPort &
  Readonly<{
    /** One round with all servers; resolves when it ended, whatever came of it. */
    synchronise: () => Promise<void>;
    close: () => void;
  }>;

type Synchronised = Readonly<{ offsetMs: number; uncertaintyMs: number; systemMs: number; monotonicMs: number }>;

/**
 * Official time: the machine's clock, corrected by what the configured servers agree on. The reading says how sure it is;
 * the uncertainty grows until the next answer. A machine whose clock is set in between, or that slept, is asked anew and
 * counts as not synchronised until then.
 */
export function createOfficialClock(options: TimeServers): OfficialClock {
  const { onProblem, systemNow = Date.now, monotonicNow = () => performance.now() } = options;
  const closing = new AbortController();
  // DENY and RSTR: a server that does not want to be asked is not asked again until the program starts anew.
  const servers = new Set(options.servers);
  let last: Synchronised | null = null;
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<void> | null = null;

  function current(): Synchronised | null {
    if (last === null) return null;
    const drift = systemNow() - last.systemMs - (monotonicNow() - last.monotonicMs);
    if (Math.abs(drift) <= jumpMs) return last;
    last = null;
    onProblem('', 'jumped');
    void synchronise();
    return null;
  }

  function schedule(delayMs: number): void {
    if (closing.signal.aborted || servers.size === 0) return;
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(() => void synchronise(), delayMs).unref();
  }

  function note(server: string, answer: TimeAnswer): readonly TimeSample[] {
    if (answer.kind === 'sample') return [answer.sample];
    const problem =
      answer.kind === 'kissOfDeath' ? `kissOfDeath.${answer.code.replaceAll(/[^A-Z]/gu, '')}` : answer.kind;
    onProblem(server, problem);
    if (problem === 'kissOfDeath.DENY' || problem === 'kissOfDeath.RSTR') servers.delete(server);
    return [];
  }

  async function ask(): Promise<void> {
    const answers = await Promise.all(
      [...servers].map(async (server) => note(server, await askTime(server, systemNow, closing.signal))),
    );
    if (closing.signal.aborted) return;
    const samples = answers.flat();
    const agreed = agreeOnTime(samples);
    if (agreed === null) {
      if (samples.length > 0) onProblem('', 'noAgreement');
      schedule(retryMs);
      return;
    }
    for (const { server } of samples) if (!agreed.servers.includes(server)) onProblem(server, 'outvoted');
    const { offsetMs, uncertaintyMs } = agreed;
    last = { offsetMs, uncertaintyMs, systemMs: systemNow(), monotonicMs: monotonicNow() };
    schedule(restMs);
  }

  function synchronise(): Promise<void> {
    running ??= ask().finally(() => {
      running = null;
    });
    return running;
  }

  return {
    now: () => new Date(systemNow() + Math.round(current()?.offsetMs ?? 0)),
    reading: () => {
      const known = current();
      if (known === null) return { source: 'system', lastSynchronizedAt: null, uncertaintyMs: null, offsetMs: null };
      const { offsetMs, uncertaintyMs, systemMs, monotonicMs } = known;
      return {
        source: 'ntp',
        lastSynchronizedAt: formatOfficialInstant(new Date(systemMs + offsetMs)),
        uncertaintyMs: Math.ceil(uncertaintyMs + (monotonicNow() - monotonicMs) * driftPerMs),
        offsetMs: Math.round(offsetMs),
      };
    },
    synchronise,
    close: () => {
      closing.abort();
      if (timer !== null) clearTimeout(timer);
    },
  };
}
