import { canonicalJson } from '../contract/canonical-json.ts';
import type { ItemChanges, ReferenceChanges, ReferenceData } from '../contract/schemas/reference.ts';

/** What tells the items of each kind apart. */
const keys = {
  officers: ({ officerId }: ReferenceData['officers'][number]) => officerId,
  offices: ({ officeCode }: ReferenceData['offices'][number]) => officeCode,
  units: ({ unitCode }: ReferenceData['units'][number]) => unitCode,
  procedures: ({ procedureId }: ReferenceData['procedures'][number]) => procedureId,
  calendars: ({ year }: ReferenceData['calendars'][number]) => String(year),
  scanProfiles: ({ id }: ReferenceData['scanProfiles'][number]) => id,
  trustAnchors: (pem: string) => pem,
} as const;

/** What leads from one state of the reference data to another; null where two items of a kind have one key. */
export function compareReference(from: ReferenceData, to: ReferenceData): ReferenceChanges | null {
  const changes = {
    officers: compareItems(from.officers, to.officers, keys.officers),
    offices: compareItems(from.offices, to.offices, keys.offices),
    units: compareItems(from.units, to.units, keys.units),
    procedures: compareItems(from.procedures, to.procedures, keys.procedures),
    calendars: compareItems(from.calendars, to.calendars, keys.calendars),
    scanProfiles: compareItems(from.scanProfiles, to.scanProfiles, keys.scanProfiles),
    trustAnchors: compareItems(from.trustAnchors, to.trustAnchors, keys.trustAnchors),
  };
  return Object.values(changes).includes(null) ? null : (changes as ReferenceChanges);
}

/** Null when the changes are none of these data. That the result is the right one, its digest tells. */
export function applyReferenceChanges(from: ReferenceData, changes: ReferenceChanges): ReferenceData | null {
  const data = {
    officers: applyItems(from.officers, changes.officers, keys.officers),
    offices: applyItems(from.offices, changes.offices, keys.offices),
    units: applyItems(from.units, changes.units, keys.units),
    procedures: applyItems(from.procedures, changes.procedures, keys.procedures),
    calendars: applyItems(from.calendars, changes.calendars, keys.calendars),
    scanProfiles: applyItems(from.scanProfiles, changes.scanProfiles, keys.scanProfiles),
    trustAnchors: applyItems(from.trustAnchors, changes.trustAnchors, keys.trustAnchors),
  };
  return Object.values(data).includes(null) ? null : (data as ReferenceData);
}

/** The order counts: officers see it. What changed its place among those that stay is put again. */
function compareItems<Item>(
  from: readonly Item[],
  to: readonly Item[],
  keyOf: (item: Item) => string,
): ItemChanges<Item> | null {
  const before = new Map(from.map((item, index) => [keyOf(item), { index, text: canonicalJson(item) }]));
  const after = new Set(to.map(keyOf));
  if (before.size < from.length || after.size < to.length) return null;
  const put: ItemChanges<Item>['put'][number][] = [];
  let lastKept = -1;
  let previous: string | null = null;
  for (const item of to) {
    const key = keyOf(item);
    const known = before.get(key);
    if (known !== undefined && known.index > lastKept && known.text === canonicalJson(item)) lastKept = known.index;
    else put.push({ after: previous, item });
    previous = key;
  }
  return { removed: [...before.keys()].filter((key) => !after.has(key)), put };
}

function applyItems<Item>(
  from: readonly Item[],
  { removed, put }: ItemChanges<Item>,
  keyOf: (item: Item) => string,
): readonly Item[] | null {
  const gone = new Set([...removed, ...put.map(({ item }) => keyOf(item))]);
  const kept = from.filter((item) => !gone.has(keyOf(item)));
  // Behind one that stays, or behind the one that was put before it; null: at the head.
  const followers = new Map<string | null, Item[]>([[null, []]]);
  for (const item of kept) followers.set(keyOf(item), []);
  let row: Item[] | undefined;
  let previous: string | null = null;
  for (const { after, item } of put) {
    if (row === undefined || after !== previous) row = followers.get(after);
    if (row === undefined) return null;
    row.push(item);
    previous = keyOf(item);
  }
  return [...(followers.get(null) ?? []), ...kept.flatMap((item) => [item, ...(followers.get(keyOf(item)) ?? [])])];
}
