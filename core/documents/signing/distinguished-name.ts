import { decodeObjectIdentifier, decodeText, derChild, derChildren } from './der.ts';
import type { DerNode } from './der.ts';

/** A distinguished name to be compared: each RDN as one text. */
export type ComparableName = readonly string[];

const textTypes: ReadonlySet<number> = new Set([0x0c, 0x12, 0x13, 0x14, 0x16, 0x1a, 0x1b, 0x1c, 0x1e]);

/**
 * A Name in the form in which RFC 5280 §7.1 compares: texts of any string type without regard to case and to the number of
 * spaces, the attributes of one RDN in any order. Throws AppError `document.unreadable`.
 */
export function comparableName(name: DerNode): ComparableName {
  return derChildren(name).map((relative) =>
    derChildren(relative)
      .map((attribute) => {
        const value = derChild(attribute, 1);
        const text = textTypes.has(value.tag) ? foldText(decodeText(value)) : `#${value.raw.toString('hex')}`;
        return JSON.stringify([decodeObjectIdentifier(derChild(attribute, 0)), text]);
      })
      .toSorted()
      .join('+'),
  );
}

export function isSameName(left: ComparableName, right: ComparableName): boolean {
  return left.length === right.length && isWithin(left, right);
}

/** Whether `name` is `subtree` or stands below it. */
export function isWithin(name: ComparableName, subtree: ComparableName): boolean {
  return subtree.every((relative, index) => name[index] === relative);
}

function foldText(text: string): string {
  return text.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase();
}
