import { createHmac, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

/** A question for whoever asks for a document: people read it, or have it read to them, and type one word. */
export type Question = Readonly<{ text: string; token: string }>;

/**
 * The person check (ordinance art. 20.3): no third party, no image, no script. Everything that has to be remembered
 * travels signed with an expiring HMAC, so that any instance of the centre goes on where another began.
 */
export type PersonCheck = Readonly<{
  ask(): Question;
  /** Identifier of the answered question, to be used once; null: wrong answer, expired or not ours. */
  answer(token: string, answer: string): Readonly<{ id: string; expiresAt: Date }> | null;
  /** Spares a person who answered the question for half an hour. */
  issuePass(): string;
  /** Identifier of the pass; null: none, expired or not ours. */
  readPass(token: string): string | null;
}>;

const questionMs = 20 * 60_000;
const passMs = 30 * 60_000;

const kinds = [
  { name: 'un color', words: ['azul', 'verde', 'rojo', 'blanco', 'negro', 'amarillo'] },
  { name: 'un día de la semana', words: ['lunes', 'martes', 'jueves', 'viernes', 'sábado', 'domingo'] },
  { name: 'un animal', words: ['gato', 'perro', 'caballo', 'vaca', 'oveja', 'gallina'] },
  { name: 'un mes del año', words: ['enero', 'marzo', 'abril', 'junio', 'agosto', 'octubre'] },
  { name: 'un mueble', words: ['mesa', 'silla', 'cama', 'armario', 'sofá', 'estantería'] },
  { name: 'una fruta', words: ['manzana', 'pera', 'plátano', 'uva', 'melón', 'cereza'] },
] as const;

const tokenSchema = z.strictObject({ id: z.string(), expiresAt: z.number() });

export function createPersonCheck(secret: Buffer, now: () => Date): PersonCheck {
  const seal = (payload: string, purpose: string) =>
    createHmac('sha256', secret).update(`${purpose}\n${payload}`).digest('base64url');

  function issue(lifetimeMs: number, purpose: string): string {
    const token = { id: randomBytes(12).toString('base64url'), expiresAt: now().getTime() + lifetimeMs };
    const payload = Buffer.from(JSON.stringify(token)).toString('base64url');
    return `${payload}.${seal(payload, purpose)}`;
  }

  function read(token: string, purpose: string): z.infer<typeof tokenSchema> | null {
    const [payload = '', signature = ''] = token.split('.');
    const expected = Buffer.from(seal(payload, purpose));
    const given = Buffer.from(signature);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
    // Signed by us, hence well formed.
    const { id, expiresAt } = tokenSchema.parse(JSON.parse(Buffer.from(payload, 'base64url').toString()));
    return expiresAt > now().getTime() ? { id, expiresAt } : null;
  }

  return {
    ask() {
      const chosen = shuffle(kinds).slice(0, 3);
      const [kind] = chosen;
      const words = chosen.map((each) => ({ kind: each, word: pick(each.words) }));
      const right = words.find((each) => each.kind === kind)?.word ?? '';
      const text = `De estas tres palabras, ¿cuál es ${kind?.name ?? ''}: ${listWords(shuffle(words).map(({ word }) => word))}?`;
      // The answer is in the seal and nowhere else.
      return { text, token: issue(questionMs, `answer ${normalize(right)}`) };
    },
    answer(token, answer) {
      const found = read(token, `answer ${normalize(answer)}`);
      return found === null ? null : { id: found.id, expiresAt: new Date(found.expiresAt) };
    },
    issuePass: () => issue(passMs, 'pass'),
    readPass: (token) => read(token, 'pass')?.id ?? null,
  };
}

/** Any case, with or without accents, quotes and points. */
function normalize(answer: string): string {
  return answer
    .normalize('NFD')
    .toLowerCase()
    .replaceAll(/[^a-z]/gu, '');
}

function listWords(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} o ${words.at(-1) ?? ''}`;
}

function pick(words: readonly string[]): string {
  return words[randomInt(words.length)] ?? '';
}

function shuffle<Item>(items: readonly Item[]): Item[] {
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    const other = randomInt(last + 1);
    const [a, b] = [shuffled[last], shuffled[other]];
    if (a !== undefined && b !== undefined) [shuffled[last], shuffled[other]] = [b, a];
  }
  return shuffled;
}
