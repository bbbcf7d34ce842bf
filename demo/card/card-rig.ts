import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CardReader } from '../../core/services/ports/card.ts';
import type { CardLimits } from '../../core/devices/card/card-client.ts';
import { createBridgeRig, type BridgeRig } from './bridge-rig.ts';
import type { VirtualCard } from './virtual-card.ts';

/** Debian's OpenSC, the module of the virtual cards. */
export const openSc = '/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so';

/** One virtual card and a client on OpenSC, for tests that put it in and pull it out again and again. */
export type CardRig = BridgeRig &
  Readonly<{
    /** Puts the card in and waits until the bridge has read it. */
    withCard(): Promise<CardReader>;
    /** Waits until the bridge has noticed that it is out. */
    untilOut(): Promise<void>;
    signIn(pin: string): Promise<string>;
    sign(sessionId: string, data: Uint8Array): Promise<Uint8Array>;
    close(): Promise<void>;
  }>;

/** `reader`: the end of its name. */
export function createCardRig(
  options: Readonly<{ card: VirtualCard; reader: string; limits?: Partial<CardLimits> }>,
): CardRig {
  const { card } = options;
  const folder = mkdtempSync(join(tmpdir(), 'ventanilla-card-'));
  const rig = createBridgeRig({
    modules: [{ path: openSc }],
    environment: { XDG_CACHE_HOME: folder },
    limits: { list: 15_000, login: 15_000, sign: 6000, ...options.limits },
  });
  const find = (list: readonly CardReader[]) => list.find(({ readerName }) => readerName.endsWith(options.reader));

  async function withCard(): Promise<CardReader> {
    await card.insert();
    const reader = find(await rig.until((list) => find(list)?.state === 'present'));
    if (reader === undefined) throw new Error('no reader');
    return reader;
  }

  return {
    ...rig,
    withCard,
    async untilOut() {
      await rig.until((list) => find(list)?.state === 'empty');
    },
    async signIn(pin) {
      const { readerId } = await withCard();
      const login = await rig.client.login({ readerId, pin: Buffer.from(pin) });
      if (login.outcome !== 'ok') throw new Error(login.outcome);
      return login.sessionId;
    },
    sign: (sessionId, data) => rig.client.sign({ sessionId, certificateId: '01', algorithm: 'rsa-sha256', data }),
    async close() {
      await rig.client.close();
      await card.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
