import { derChildren, encodeElement, encodeObjectIdentifier, readDer } from '../../signing/der.ts';
import type { DerNode } from '../../signing/der.ts';
import { oid } from '../../signing/oids.ts';
import { pickOf } from './random-choice.ts';

/** An element that can be written otherwise than it was read. */
type Element = {
  tag: number;
  children: Element[] | null;
  content: Buffer;
  form: 'shortest' | 'long' | 'indefinite' | 'wrong';
};

const names = Object.values(oid).map((name) => encodeObjectIdentifier(name).subarray(2));
const tags = [0x02, 0x03, 0x04, 0x05, 0x06, 0x0c, 0x24, 0x30, 0x31, 0x80, 0xa0, 0xa1, 0xa2];
const maximumDepth = 40;

/** A CMS with one or two random changes of its structure; `donor` is another CMS whose parts may stand in. */
export function mutateCms(cms: Buffer, donor: Buffer, random: () => number): Buffer {
  const pick = pickOf(random);
  const root = openOrNot(cms);
  const donated = openOrNot(donor);
  // What an earlier change broke is changed by its octets.
  if (root === null || donated === null || random() < 0.15) return mutateOctets(cms, random);
  for (let count = random() < 0.3 ? 2 : 1; count > 0; count -= 1) {
    const all = listElements(root);
    const chosen = pick(all) ?? root;
    change(chosen, all, listElements(donated), random);
  }
  return write(root);
}

/** A few octets changed, put in, taken away or repeated. */
export function mutateOctets(bytes: Buffer, random: () => number): Buffer {
  const below = (limit: number): number => Math.floor(random() * limit);
  const place = below(bytes.length);
  const changed = Buffer.from(bytes);
  switch (below(4)) {
    case 0:
      changed[place] = (changed[place] ?? 0) ^ (1 << below(8));
      return changed;
    case 1:
      return Buffer.concat([bytes.subarray(0, place), bytes.subarray(place + 1 + below(30))]);
    case 2:
      return Buffer.concat([bytes.subarray(0, place), Buffer.from([below(256)]), bytes.subarray(place)]);
    default:
      return Buffer.concat([bytes, bytes.subarray(place, place + below(500))]);
  }
}

function change(element: Element, all: readonly Element[], donors: readonly Element[], random: () => number): void {
  const pick = pickOf(random);
  const below = (limit: number): number => Math.floor(random() * limit);
  const parent = all.find(({ children }) => children?.includes(element) === true);
  const siblings = parent?.children ?? [];
  const place = siblings.indexOf(element);
  switch (below(13)) {
    case 0:
      element.tag = pick(tags) ?? 0x30;
      return;
    case 1:
      siblings.splice(place, 0, copy(element));
      return;
    case 2:
      if (place >= 0) siblings.splice(place, 1);
      return;
    case 3: {
      const other = pick(siblings);
      if (other !== undefined) siblings.splice(siblings.indexOf(other), 1, ...siblings.splice(place, 1, other));
      return;
    }
    case 4:
      replace(element, pick(all));
      return;
    case 5:
      // Parts of the same kind fit where any others would only break the form.
      replace(element, pick(donors.filter(({ tag }) => tag === element.tag)));
      return;
    case 6:
      siblings.splice(place, 0, ...[pick(donors)].flatMap((donor) => (donor === undefined ? [] : [copy(donor)])));
      return;
    case 7:
      element.form = pick(['long', 'indefinite', 'wrong'] as const) ?? 'long';
      return;
    case 8:
      if (element.tag === 0x06) element.content = pick(names) ?? element.content;
      else replace(element, pick(all.filter(({ tag }) => tag === element.tag)));
      return;
    case 9:
      element.children?.reverse();
      return;
    case 10:
      replace(element, { tag: element.tag, children: null, content: Buffer.alloc(0), form: 'shortest' });
      return;
    case 11: {
      const sets = all.filter(({ tag, children }) => children !== null && (tag === 0x31 || tag >= 0xa0));
      pick(sets)?.children?.push(copy(pick(sets.flatMap(({ children }) => children ?? [])) ?? element));
      return;
    }
    default:
      if (element.children === null && element.content.length > 0) {
        const content = Buffer.from(element.content);
        const changed = below(content.length);
        content[changed] = (content[changed] ?? 0) ^ (1 << below(8));
        element.content = content;
      }
  }
}

function replace(element: Element, other: Element | undefined): void {
  if (other !== undefined) Object.assign(element, copy(other));
}

function copy(element: Element): Element {
  return { ...element, children: element.children?.map(copy) ?? null };
}

function listElements(element: Element): readonly Element[] {
  return [element, ...(element.children ?? []).flatMap(listElements)];
}

function openOrNot(cms: Buffer): Element | null {
  try {
    return open(readDer(cms), 0);
  } catch {
    return null;
  }
}

function open(node: DerNode, depth: number): Element {
  let children: Element[] | null = null;
  if ((node.tag & 0x20) !== 0 && depth < maximumDepth) {
    try {
      children = derChildren(node).map((child) => open(child, depth + 1));
    } catch {
      children = null;
    }
  }
  return { tag: node.tag, children, content: node.content, form: node.indefinite ? 'indefinite' : 'shortest' };
}

function write({ tag, children, content, form }: Element): Buffer {
  const inside = children === null ? content : Buffer.concat(children.map(write));
  switch (form) {
    case 'shortest':
      return encodeElement(tag, inside);
    case 'long': {
      const length = Buffer.alloc(6, 0);
      length.writeUInt8(0x85);
      length.writeUInt32BE(inside.length, 2);
      return Buffer.concat([Buffer.of(tag), length, inside]);
    }
    case 'indefinite':
      return Buffer.concat([Buffer.of(tag | 0x20, 0x80), inside, Buffer.of(0, 0)]);
    case 'wrong': {
      const written = encodeElement(tag, inside);
      written[1] = (written[1] ?? 0) + 1;
      return written;
    }
  }
}
