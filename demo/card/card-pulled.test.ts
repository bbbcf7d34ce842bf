import { verify } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createCardRig, type CardRig } from './card-rig.ts';
import { acquireVirtualReaders, type VirtualReaders } from './pcscd.ts';
import { makeTestCredential } from './test-credential.ts';
import { createVirtualCard, firstReaderPort, type VirtualCard } from './virtual-card.ts';

/* The card pulled at every command of a PIN and of a signature, and a reader that hangs at any of them. */

const pin = '246813';
const officer = makeTestCredential('Funcionaria de prueba', 'rsa');
const data = Buffer.from('Diligencia de cotejo');
let readers: VirtualReaders;
let card: VirtualCard;
let rig: CardRig;

beforeAll(async () => {
  readers = await acquireVirtualReaders();
  if (!readers.available) throw new Error(`no virtual readers: ${readers.reason}`);
}, 600_000);
afterAll(async () => {
  if (readers.available) await readers.release();
});
beforeEach(() => {
  card = createVirtualCard({ port: firstReaderPort, pin, puk: '13572468', slots: [{ slot: '9A', ...officer }] });
  rig = createCardRig({ card, reader: '00', limits: { login: 4000, sign: 4000 } });
});
afterEach(async () => {
  await rig.close();
  // pcscd must see the reader empty before the next test.
  await new Promise((resolve) => setTimeout(resolve, 900));
});

/** How many commands `work` costs the card. */
async function countCommands(work: () => Promise<unknown>): Promise<number> {
  const before = card.commandCount();
  await work();
  return card.commandCount() - before;
}
async function expectSignature(): Promise<void> {
  expect(verify('sha256', data, officer.publicKey, await rig.sign(await rig.signIn(pin), data))).toBe(true);
}

test('at every command of a signature: told, no signature, and the same card back signs with its PIN', async () => {
  const sessionId = await rig.signIn(pin);
  // The first one of a session may read what the next ones know.
  const commands = await countCommands(() => rig.sign(sessionId, data));
  expect(commands).toBeGreaterThanOrEqual(2);
  await card.remove();
  await rig.untilOut();
  for (let leaveAt = 1; leaveAt <= commands; leaveAt += 1) {
    const open = await rig.signIn(pin);
    card.setBehaviour({ leaveAt });
    await expect(rig.sign(open, data), `at command ${leaveAt} of ${commands}`).rejects.toMatchObject({
      code: 'card.removed',
    });
    await rig.untilOut();
    await expect(rig.sign(open, data)).rejects.toMatchObject({ code: 'card.removed' });
  }
  await expectSignature();
  expect(rig.processes()).toHaveLength(1);
}, 180_000);

test('at every command of a PIN: told, and no try is lost', async () => {
  const { readerId } = await rig.withCard();
  const present = () => rig.client.login({ readerId, pin: Buffer.from(pin) });
  const commands = await countCommands(present);
  expect(commands).toBeGreaterThanOrEqual(1);
  await card.remove();
  await rig.untilOut();
  for (let leaveAt = 1; leaveAt <= commands; leaveAt += 1) {
    await rig.withCard();
    card.setBehaviour({ leaveAt });
    const outcome = await present();
    // The last commands are of what follows the PIN: the card is out, the PIN was right.
    expect(['removed', 'ok'], `at command ${leaveAt} of ${commands}`).toContain(outcome.outcome);
    if (outcome.outcome === 'ok')
      await expect(rig.sign(outcome.sessionId, data)).rejects.toMatchObject({ code: 'card.removed' });
    await rig.untilOut();
    expect(card.triesLeft()).toBe(3);
  }
  await expectSignature();
}, 180_000);

test('a reader that hangs in a signature is given up, and serves again when it has come back', async () => {
  const sessionId = await rig.signIn(pin);
  card.setBehaviour({ isHanging: true });
  await expect(rig.sign(sessionId, data)).rejects.toMatchObject({ code: 'card.timedOut' });
  // Whoever asks meanwhile is not left waiting for ever either.
  const asked = rig.client.login({ readerId: '0.opensc-pkcs11.so#0', pin: Buffer.from(pin) });
  await expect(asked).rejects.toMatchObject({ code: 'card.timedOut' });
  card.setBehaviour({ isHanging: false });
  await rig.until((list) => list.some(({ state }) => state === 'present'));
  await expectSignature();
}, 120_000);

test('a reader that hangs while the PIN is presented costs no try and is told', async () => {
  const { readerId } = await rig.withCard();
  card.setBehaviour({ isHanging: true });
  await expect(rig.client.login({ readerId, pin: Buffer.from(pin) })).rejects.toMatchObject({ code: 'card.timedOut' });
  card.setBehaviour({ isHanging: false });
  await rig.until((list) => list.some(({ state }) => state === 'present'));
  expect(card.triesLeft()).toBe(3);
  await expectSignature();
}, 120_000);
