import { AppError, toErrorMessage } from '../contract/errors.ts';
import { methods } from '../contract/methods.ts';
import type { MethodInput, MethodName, MethodOutput } from '../contract/methods.ts';
import type { RequestMessage, ResponseMessage } from '../contract/transport.ts';
import type { Log } from '../services/context.ts';
import type { SessionState } from '../services/officer-session.ts';

/** One handler for each method of the table: the compiler refuses a missing or an extra one. */
export type Handlers = Readonly<{
  [Name in MethodName]: (input: MethodInput<Name>) => MethodOutput<Name> | Promise<MethodOutput<Name>>;
}>;

/** What may be asked before an officer has signed in, or behind a locked screen. Everything else needs a session. */
const withoutSession: ReadonlySet<MethodName> = new Set<MethodName>([
  'desk.getStatus',
  'desk.open',
  'desk.restore',
  'desk.enrolAgain',
  'desk.cancelRestore',
  'session.listCandidates',
  'session.signIn',
  'session.signOut',
  'jobs.get',
]);

const secretFields: ReadonlySet<string> = new Set(['pin', 'passphrase', 'recoveryKey']);

/**
 * Answers one request: validates what comes in, asks the handler, validates what goes out. Never throws, and lets no
 * message or stack of an error out: only its code, its details and its support number.
 */
export async function dispatch(
  request: RequestMessage,
  dependencies: Readonly<{ handlers: Handlers; sessionState: () => SessionState; log: Log }>,
): Promise<ResponseMessage> {
  try {
    if (!isMethodName(request.method)) throw new AppError('request.unknownMethod');
    const output = await call(request.method, request.input, dependencies);
    return { type: 'response', id: request.id, ok: true, output };
  } catch (error) {
    wipeSecrets(request.input);
    const message = toErrorMessage(error);
    if (message.code === 'internal.unexpected') dependencies.log.error(`dispatch.${message.supportNumber}`, error);
    return { type: 'response', id: request.id, ok: false, error: message };
  }
}

async function call<Name extends MethodName>(
  name: Name,
  rawInput: unknown,
  { handlers, sessionState }: Readonly<{ handlers: Handlers; sessionState: () => SessionState }>,
): Promise<unknown> {
  if (!withoutSession.has(name)) {
    const state = sessionState();
    if (state === 'signedOut') throw new AppError('session.notSignedIn');
    if (state === 'locked') throw new AppError('session.locked');
  }
  const input = methods[name].input.safeParse(rawInput);
  if (!input.success) throw new AppError('request.invalid', { field: input.error.issues[0]?.path.join('.') ?? '' });
  const output: unknown = await handlers[name](input.data as MethodInput<Name>);
  const checked = methods[name].output.safeParse(output);
  if (!checked.success) throw new AppError('internal.unexpected', { method: name }, { cause: checked.error });
  return checked.data;
}

/** A request that was refused before its handler saw it: nobody else will wipe what a person typed. */
function wipeSecrets(input: unknown): void {
  if (typeof input !== 'object' || input === null) return;
  for (const [name, value] of Object.entries(input))
    if (secretFields.has(name) && value instanceof Uint8Array) value.fill(0);
}

// What travels over a bridge may be anything, whatever its type says.
function isMethodName(method: unknown): method is MethodName {
  return typeof method === 'string' && Object.hasOwn(methods, method);
}
