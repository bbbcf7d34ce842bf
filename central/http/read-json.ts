import { CentreError } from '../centre-error.ts';

const deepest = 64;

/** JSON of a request. Throws `request.invalid`, also where a name stands twice: two readers would understand two things. */
export function readJson(bytes: Uint8Array): unknown {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch (cause) {
    throw new CentreError('request.invalid', { cause });
  }
  // Outside of strings a colon stands behind the name of each member; of two with one name only one is left.
  const colons = text.replaceAll(/"(?:[^"\\]|\\.)*"/gu, '').split(':').length - 1;
  if (isDeep(value) || countMembers(value) !== colons) throw new CentreError('request.invalid');
  return value;
}

/** Nested further than anything of ours; what walks it by calling itself would run out of stack. */
export function isDeep(value: unknown): boolean {
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > deepest) return true;
    level = level.flatMap(childrenOf);
  }
  return false;
}

/** Not deeper than `isDeep` allows. */
function countMembers(value: unknown): number {
  const children = childrenOf(value);
  const own = Array.isArray(value) ? 0 : children.length;
  return children.reduce<number>((sum, child) => sum + countMembers(child), own);
}

function childrenOf(value: unknown): readonly unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}
