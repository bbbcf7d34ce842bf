import type { ControlType, SicresControl } from '../../core/documents/sicres-control.ts';

/**
 * Where an exchange stands. Ours (`out`): sent → acknowledged → confirmed or rejected; failed when the other side could not
 * read it. Theirs (`in`): received → confirmed or rejected by us → closed when they have acknowledged that.
 */
export type ExchangeState = 'sent' | 'received' | 'acknowledged' | 'confirmed' | 'rejected' | 'failed' | 'closed';

export type Exchange = Readonly<{
  exchangeId: string;
  side: 'out' | 'in';
  officeCode: string;
  otherOfficeCode: string;
  startOfficeCode: string;
  isTest: boolean;
  state: ExchangeState;
  destinationNumber: string | null;
  destinationAt: string | null;
}>;

export type ControlOutcome =
  | Readonly<{ kind: 'taken'; state: ExchangeState; answer: ControlType | null }>
  /** A Spanish sentence: a person has to look at it. */
  | Readonly<{ kind: 'strange'; reason: string }>;

const taken = (state: ExchangeState, answer: ControlType | null = null): ControlOutcome => ({
  kind: 'taken',
  state,
  answer,
});
const strange = (reason: string): ControlOutcome => ({ kind: 'strange', reason });

/**
 * What a control message does to an exchange, and what is answered (BOE-A-2021-13749; norms 02a §7). Messages may be lost,
 * repeated or come in another order: what is repeated is answered again, because our answer may be what was lost.
 */
export function applyControl(exchange: Exchange, control: SicresControl): ControlOutcome {
  const { side, state } = exchange;
  if (control.destinationCode !== exchange.officeCode) {
    return strange('El mensaje no va dirigido a la oficina que lleva este intercambio.');
  }
  // A rejection may come from whoever the destination passed it on to; it always goes to where the exchange began.
  const isForeign = control.originCode !== exchange.otherOfficeCode && control.type !== 'rejection';
  if (isForeign) return strange('El mensaje viene de una entidad que no es la del otro lado del intercambio.');
  if (control.isTest !== exchange.isTest) {
    return strange('El indicador de prueba del mensaje no es el del intercambio.');
  }
  switch (control.type) {
    case 'acknowledgement':
      if (side === 'in') return strange('Acusa recibo de un intercambio que no salió de aquí.');
      // Later news may have overtaken it.
      return taken(state === 'sent' ? 'acknowledged' : state);
    case 'error':
      if (state === 'sent' || state === 'acknowledged') return taken('failed');
      return state === 'failed' ? taken('failed') : strange('Comunica un error de un intercambio que ya terminó.');
    case 'confirmation':
      return confirm(exchange, control);
    case 'rejection':
      if (side === 'in') return strange('Rechaza un intercambio que no salió de aquí.');
      if (state === 'confirmed') return strange('Rechaza un intercambio que antes se confirmó.');
      return taken('rejected', 'rejectionAcknowledgement');
    case 'confirmationAcknowledgement':
      return close(exchange, 'confirmed');
    case 'rejectionAcknowledgement':
      return close(exchange, 'rejected');
  }
}

function confirm({ side, state, destinationNumber }: Exchange, { recordNumber }: SicresControl): ControlOutcome {
  if (side === 'in') return strange('Confirma un intercambio que no salió de aquí.');
  if (state === 'rejected') return strange('Confirma un intercambio que antes se rechazó.');
  if (state === 'confirmed' && destinationNumber !== recordNumber) {
    return strange('Confirma otra vez el intercambio, con un número de asiento distinto.');
  }
  return taken('confirmed', 'confirmationAcknowledgement');
}

function close({ side, state }: Exchange, due: 'confirmed' | 'rejected'): ControlOutcome {
  if (side === 'out') return strange('Acusa recibo de una respuesta que no se ha enviado.');
  if (state === 'closed') return taken('closed');
  return state === due ? taken('closed') : strange('Acusa recibo de una respuesta que no se ha enviado.');
}
