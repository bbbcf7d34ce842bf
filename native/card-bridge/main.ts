import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AppError, toErrorMessage } from '../../core/contract/errors.ts';
import type { BridgeReader, CardEvent, CardRequest } from '../../core/devices/card/card-messages.ts';
import { createCardService, type CardService } from './card-service.ts';
import { cardRequestSchema } from './card-requests.ts';
import { openParentLink } from './parent-link.ts';
import { openPcsc, type PcscContext, type ReaderState } from './pcsc.ts';
import { loadPkcs11Module } from './pkcs11-module.ts';

/** One process, one PKCS#11 module: what hangs or crashes in it takes no other module's sessions along. */
const link = openParentLink();
const servicePauseMs = 2000;
const pollMs = 2000;
let service: CardService | null = null;
let isModuleMissing = false;
let isLoading = false;
let lastTold = '';
let pcsc: PcscContext | null = null;
let turn: Promise<void> = Promise.resolve();
/** The request in hand: they are served one at a time. */
let served = 0;

link.onMessage((message) => {
  const parsed = cardRequestSchema.safeParse(message);
  if (!parsed.success) return;
  if (parsed.data.type === 'load') void load(parsed.data);
  else enqueue(parsed.data);
});
link.onClosed(() => {
  pcsc?.cancel();
  service?.close();
  process.exit(0);
});

async function load(request: Extract<CardRequest, { type: 'load' }>): Promise<void> {
  if (isLoading) return;
  isLoading = true;
  // Libraries read these with getenv when they are loaded, not before.
  const ownConfiguration = join(import.meta.dirname, 'opensc.conf');
  if (existsSync(ownConfiguration)) process.env['OPENSC_CONF'] = ownConfiguration;
  Object.assign(process.env, request.environment);
  if (request.watch === 'readers') pcsc = await waitForPcsc();
  try {
    service = createCardService(loadPkcs11Module(request.path), pcsc, (readerName, seconds) =>
      post({ type: 'pinPad', requestId: served, readerName, seconds }),
    );
  } catch (error) {
    isModuleMissing = true;
    post({ type: 'moduleMissing', diagnosis: error instanceof Error ? error.message.slice(0, 1024) : 'unknown' });
    return;
  }
  if (pcsc === null) pollForChanges();
  else void watchReaders(pcsc);
}

/** Without the smart card service there are no readers; a module loaded before it would never see one. */
async function waitForPcsc(): Promise<PcscContext> {
  for (;;) {
    const opened = openPcsc();
    if (opened !== null) return opened;
    announce();
    await new Promise((resolve) => setTimeout(resolve, servicePauseMs));
  }
}

/**
 * Waiting on PC/SC instead of asking the module: OpenSC swallows insertions when C_GetSlotInfo is polled, its
 * C_WaitForSlotEvent loses what happens before it waits, and SoftHSM2 has none.
 */
async function watchReaders(context: PcscContext): Promise<void> {
  let known: ReaderState[] = [];
  announce();
  for (;;) {
    const states = await context.waitForChange(known);
    // The service ended: only a fresh process finds the readers again, and the parent starts one.
    if (states === null) process.exit(1);
    if (signature(states) !== signature(known)) announce();
    known = states;
  }
}

/** Who is there, without the bits that tell that somebody (we ourselves) is using a card. */
function signature(states: readonly ReaderState[]): string {
  return states.map(({ name, hasCard, eventState }) => `${name}:${hasCard}:${eventState >>> 16}`).join('\n');
}

function pollForChanges(): void {
  announce();
  setInterval(() => {
    turn = turn.then(() => {
      const readers = service?.listReaders() ?? [];
      if (stateOf(readers) !== lastTold) tell(readers);
    });
  }, pollMs);
}

function announce(): void {
  turn = turn.then(() => tell(service?.listReaders() ?? []));
}

function tell(readers: BridgeReader[]): void {
  lastTold = stateOf(readers);
  post({ type: 'readers', readers });
}

function stateOf(readers: readonly BridgeReader[]): string {
  return JSON.stringify(
    readers.map(({ readerId, state, token }) => [readerId, state, token?.serial, token?.pinState.level]),
  );
}

function enqueue(request: Exclude<CardRequest, { type: 'load' }>): void {
  turn = turn.then(async () => {
    try {
      await serve(request);
    } catch (error) {
      const known = error instanceof AppError ? error : new AppError('card.failed', {}, { cause: error });
      tellLog(known);
      post({ type: 'failed', requestId: request.requestId, failure: toErrorMessage(known) });
      if (request.type === 'sign') announce();
    } finally {
      if ('pin' in request) request.pin?.fill(0);
    }
  });
}

async function serve(request: Exclude<CardRequest, { type: 'load' }>): Promise<void> {
  const { requestId } = request;
  served = requestId;
  if (isModuleMissing) throw new AppError('card.moduleMissing');
  switch (request.type) {
    case 'list':
      return post({ type: 'listed', requestId, readers: service?.listReaders() ?? [] });
    case 'login': {
      if (service === null) throw new AppError('card.readerAbsent');
      const outcome = await service.login(request.readerId, request.pin);
      post({ type: 'loggedIn', requestId, outcome });
      return announce();
    }
    case 'sign': {
      if (service === null) throw new AppError('card.removed');
      return post({ type: 'signed', requestId, signature: await service.sign(request) });
    }
    case 'logout':
      service?.logout(request.sessionId);
      return post({ type: 'loggedOut', requestId });
  }
}

/** What a helpdesk needs beside the support number: the module's answer, which never holds a PIN or a name. */
function tellLog(error: AppError): void {
  const cause = error.cause instanceof Error ? error.cause.message.split('\n', 1)[0] : '';
  process.stderr.write(`card-bridge ${error.supportNumber} ${error.code} ${cause}\n`);
}

function post(event: CardEvent): void {
  link.post(event);
}
